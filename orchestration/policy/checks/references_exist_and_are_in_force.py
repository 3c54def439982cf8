"""What a row names exists, and is in force for as long as the row is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from orchestration.policy.cells import same
from orchestration.policy.days import described, uncovered
from orchestration.policy.findings import PolicyFinding, did_you_mean
from orchestration.policy.model import Policy


@dataclass(frozen=True)
class Reference:
    """A column that names a row of another file.

    Attributes:
        table: file with the reference.
        column: column that names.
        target: file whose first key column is named.
        throughout: whether the named row must be in force for the whole validity of the naming one; registers that
            are fed from elsewhere (CMDB, accounts) may outlive a domain, and what they own is then unallocated.

    """

    table: str
    column: str
    target: str
    throughout: bool


REFERENCES = (
    Reference("ownership_rules", "domain_id", "cost_domains", throughout=True),
    Reference("ownership_rules", "pool_id", "pools", throughout=True),
    Reference("pools", "fallback_domain_id", "cost_domains", throughout=True),
    Reference("pools", "driver_id", "drivers", throughout=True),
    Reference("pool_targets", "pool_id", "pools", throughout=False),
    Reference("pool_targets", "domain_id", "cost_domains", throughout=True),
    Reference("pool_targets", "target_pool_id", "pools", throughout=True),
    Reference("pool_fallbacks", "pool_id", "pools", throughout=False),
    Reference("pool_fallbacks", "driver_id", "drivers", throughout=True),
    Reference("kubernetes_namespaces", "domain_id", "cost_domains", throughout=True),
    Reference("kubernetes_namespaces", "pool_id", "pools", throughout=True),
    Reference("ai_consumers", "domain_id", "cost_domains", throughout=True),
    Reference("ai_consumers", "pool_id", "pools", throughout=True),
    Reference("ai_capacity", "idle_domain_id", "cost_domains", throughout=True),
    Reference("ai_capacity", "idle_pool_id", "pools", throughout=True),
    Reference("accounts", "domain_id", "cost_domains", throughout=False),
    Reference("accounts", "parent_account_id", "accounts", throughout=False),
    Reference("cmdb_resources", "domain_id", "cost_domains", throughout=False),
    Reference("tag_values", "tag_key", "tag_keys", throughout=False),
    Reference("tag_policy", "tag_key", "tag_keys", throughout=False),
)


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield references to nothing, and references to what is not in force all the time."""
    for reference in REFERENCES:
        yield from _check(policy, reference)


def _check(policy: Policy, reference: Reference) -> Iterator[PolicyFinding]:
    spans: dict[str, list[tuple[date, date]]] = {}
    spelling: dict[str, str] = {}
    for named in policy.rows[reference.target]:
        spans.setdefault(named.identity[0], []).append(named.validity)
        spelling.setdefault(named.identity[0], getattr(named, named.key[0]))
    for row in policy.rows[reference.table]:
        name = getattr(row, reference.column)
        if name is None or policy.is_damaged(reference.target, name):
            continue
        if same(name) not in spans:
            yield policy.finding(
                reference.table,
                row,
                reference.column,
                found=f"'{name}'",
                expected=f"a row of {reference.target}.csv",
                cure=did_you_mean(name, spelling.values()) or f"Add it to {reference.target}.csv or correct the name.",
            )
        elif reference.throughout and (gaps := uncovered(row.validity, spans[same(name)])):
            yield policy.finding(
                reference.table,
                row,
                reference.column,
                found=f"'{name}', which is not in force {described(gaps[0])}",
                expected=f"a row of {reference.target}.csv that is in force throughout {_validity(row.validity)}",
                cure="Close this row on that day and add its successor, or extend the validity of what it names.",
            )


def _validity(span: tuple[date, date]) -> str:
    return f"{span[0]} to {span[1]}"

"""A rule names one outcome: a domain or a pool, unless its kind looks the owner up."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy

NEEDS_ONE = ("override", "ring_fence", "default")
LOOKS_UP = {"cmdb": "cmdb_resources.csv", "account": "accounts.csv"}


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield rules with both outcomes, without the one they need, or with one their kind looks up."""
    for rule in policy.ownership_rules:
        outcomes = [name for name in (rule.domain_id, rule.pool_id) if name]
        if len(outcomes) == 2:
            yield policy.finding(
                "ownership_rules",
                rule,
                "pool_id",
                found=f"both domain '{rule.domain_id}' and pool '{rule.pool_id}'",
                expected="a domain or a pool",
                cure="Blank one of the two.",
            )
        elif not outcomes and rule.kind in NEEDS_ONE:
            yield policy.finding(
                "ownership_rules",
                rule,
                "domain_id",
                found="neither a domain nor a pool",
                expected=f"one of them, for a rule of kind {rule.kind}",
                cure="Name the domain that owns what matches, or the pool it goes to.",
            )
        elif outcomes and rule.kind in LOOKS_UP:
            yield policy.finding(
                "ownership_rules",
                rule,
                "domain_id" if rule.domain_id else "pool_id",
                found=f"'{outcomes[0]}'",
                expected=f"nothing: a rule of kind {rule.kind} finds the owner in {LOOKS_UP[rule.kind]}",
                cure="Blank it, or make the rule an override or ring_fence.",
            )

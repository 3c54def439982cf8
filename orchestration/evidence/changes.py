"""What changed for a cost centre since the month before: amounts per domain and group, and the rules in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from orchestration.errors import ConfigurationError
from orchestration.evidence.cost_centres import CostCentreExplanation, Group, explain_cost_centre
from orchestration.evidence.model import Amounts
from orchestration.evidence.published import Published
from orchestration.home import Home
from orchestration.periods import month_before
from orchestration.policy import Policy
from orchestration.policy.cells import same
from orchestration.publishing import current_publication


@dataclass(frozen=True)
class Change:
    """What came to a domain by one rule kind and pool, in the month before and in this one; effective cost.

    Attributes:
        reason: what became different besides the amount: a new source of cost, one that ended, a new version.
    """

    domain_id: str
    found_by: str
    pool_id: str | None
    currency: str
    before: Decimal | None
    now: Decimal | None
    reason: str

    @property
    def difference(self) -> Decimal:
        """Now less before; what was not there counts as nothing."""
        return (self.now or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True)
class PolicyChange:
    """A row of policy that began or ended in the month, and that the cost centre's cost went by."""

    kind: str
    name: str
    version: int
    day: dt.date
    what: str
    rationale: str
    approved_by: str


@dataclass(frozen=True)
class Changes:
    """What changed since the month before.

    Attributes:
        before: the month compared with; None when it was never published.
    """

    before: str | None
    changes: tuple[Change, ...] = ()
    policy: tuple[PolicyChange, ...] = ()


def changes_since(home: Home, published: Published, explanation: CostCentreExplanation) -> Changes:
    """Return what changed for a cost centre since the month before it, the largest difference first."""
    month = month_before(published.billing_period)
    policy = tuple(_policy_changes(published.policy, published.billing_period, explanation.groups))
    if current_publication(home, month) is None:
        return Changes(None, (), policy)
    with Published.of(home, month) as earlier:
        try:
            groups = explain_cost_centre(earlier, explanation.cost_centre, shown_parts=0).groups
        except ConfigurationError:
            groups = ()
    return Changes(month, tuple(compared(groups, explanation.groups)), policy)


def compared(before: Iterable[Group], now: Iterable[Group]) -> list[Change]:
    """Return the differences between two months' groups, the largest first; together they are the whole difference."""
    earlier, later = _by_key(before), _by_key(now)
    changes = []
    for key in earlier.keys() | later.keys():
        domain_id, method, rule_id, pool_id, currency = key
        old, new = earlier.get(key, []), later.get(key, [])
        changes.append(
            Change(
                domain_id=domain_id,
                found_by=f"{method.replace('_', ' ')} rule {rule_id}" if rule_id else "no rule",
                pool_id=pool_id,
                currency=currency,
                before=Amounts.total(group.published for group in old).effective_cost if old else None,
                now=Amounts.total(group.published for group in new).effective_cost if new else None,
                reason=_reason(old, new),
            )
        )
    return sorted(
        changes,
        key=lambda change: (
            -abs(change.difference),
            change.domain_id,
            change.found_by,
            change.pool_id or "",
            change.currency,
        ),
    )


def _by_key(groups: Iterable[Group]) -> dict[tuple[str, str, str | None, str | None, str], list[Group]]:
    found: dict[tuple[str, str, str | None, str | None, str], list[Group]] = {}
    for group in groups:
        key = (group.domain_id, group.attribution_method, group.rule_id, group.pool_id, group.currency)
        found.setdefault(key, []).append(group)
    return found


def _reason(before: list[Group], now: list[Group]) -> str:
    if not before:
        return "new this month"
    if not now:
        return "not this month"
    reasons = []
    for name, versions in (
        ("rule", [{group.rule_version for group in groups} for groups in (before, now)]),
        ("pool", [{group.pool_version for group in groups} for groups in (before, now)]),
    ):
        if versions[0] != versions[1]:
            reasons.append(f"{name} {_versions(versions[0])}, now {_versions(versions[1])}")
    ratios = [{use.division.ratio for group in groups for use in group.divisions} for groups in (before, now)]
    if len(ratios[0]) == len(ratios[1]) == 1 and ratios[0] != ratios[1]:
        reasons.append(f"ratio {ratios[0].pop():.4%}, now {ratios[1].pop():.4%}")
    charges = [sum(group.charge_count for group in groups) for groups in (before, now)]
    if charges[0] != charges[1]:
        reasons.append(f"{charges[0]:,} charges, now {charges[1]:,}")
    return "; ".join(reasons) or "same rule and charges, other amounts"


def _versions(versions: set[int | None]) -> str:
    return " and ".join(f"v{version}" for version in sorted(version or 0 for version in versions))


def _policy_changes(policy: Policy, billing_period: str, groups: Iterable[Group]) -> Iterable[PolicyChange]:
    """Return the rules and pools of the groups that began or ended in the month."""
    listed = list(groups)
    rules = {same(group.rule_id) for group in listed if group.rule_id}
    pools = {same(group.pool_id) for group in listed if group.pool_id}
    for rule in policy.ownership_rules:
        if same(rule.rule_id) in rules:
            for day, what in _days(rule.validity, billing_period):
                yield PolicyChange("rule", rule.rule_id, rule.rule_version, day, what, rule.rationale, rule.approved_by)
    for pool in policy.pools:
        if same(pool.pool_id) in pools:
            for day, what in _days(pool.validity, billing_period):
                yield PolicyChange("pool", pool.pool_id, pool.pool_version, day, what, pool.rationale, pool.approved_by)


def _days(validity: tuple[dt.date, dt.date], billing_period: str) -> Iterable[tuple[dt.date, str]]:
    for day, what in zip(validity, ("begins", "ends"), strict=True):
        if f"{day:%Y-%m}" == billing_period:
            yield day, what

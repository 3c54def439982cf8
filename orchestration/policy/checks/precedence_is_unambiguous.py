"""Two rules of the same precedence never claim the same charge for different outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import MATCH_COLUMNS, OwnershipRule


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield rules that can tie with an earlier one: shared days, different outcome, no match that excludes."""
    by_precedence: dict[int, list[OwnershipRule]] = {}
    for rule in policy.ownership_rules:
        by_precedence.setdefault(rule.precedence, []).append(rule)
    for rules in by_precedence.values():
        for first, second in combinations(rules, 2):
            if first.overlaps(second) and _outcome(first) != _outcome(second) and not _exclude(first, second):
                yield policy.finding(
                    "ownership_rules",
                    second,
                    "precedence",
                    found=f"precedence {second.precedence}, which rule '{first.rule_id}' (line {first.line}) has too",
                    expected="different precedences for rules that can match the same charge with different outcomes",
                    cure="Give the rule that should lose a higher number, or make their matches exclude each other.",
                )


def _outcome(rule: OwnershipRule) -> tuple[str, ...]:
    if rule.domain_id or rule.pool_id:
        return (same(rule.domain_id), same(rule.pool_id))
    return ("looked up", rule.kind, same(rule.tag_keys), rule.name_regex or "")


def _exclude(first: OwnershipRule, second: OwnershipRule) -> bool:
    """Tell whether no charge can match both: a column on which both insist, on different values."""
    for column in MATCH_COLUMNS:
        one, other = same(getattr(first, column)), same(getattr(second, column))
        if one and other and one != other:
            return True
    same_tag = first.kind == second.kind == "tag" and same(first.tag_keys) == same(second.tag_keys)
    one, other = same(first.tag_value), same(second.tag_value)
    return bool(same_tag and one and other and one != other)

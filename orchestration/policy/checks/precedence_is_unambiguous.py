"""Two rules of the same precedence never claim the same charge for different outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import MATCH_COLUMNS, OwnershipRule


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield rules that can tie with an earlier one: shared days, different outcome, no match that excludes."""
    by_precedence: dict[int, _Earlier] = defaultdict(_Earlier)
    for second in policy.ownership_rules:
        earlier = by_precedence[second.precedence]
        for first in earlier.that_may_match_with(second):
            if first.overlaps(second) and _outcome(first) != _outcome(second) and not _exclude(first, second):
                yield policy.finding(
                    "ownership_rules",
                    second,
                    "precedence",
                    found=f"precedence {second.precedence}, which rule '{first.rule_id}' (line {first.line}) has too",
                    expected="different precedences for rules that can match the same charge with different outcomes",
                    cure="Give the rule that should lose a higher number, or make their matches exclude each other.",
                )
        earlier.add(second)


class _Earlier:
    """Rules by what they insist on: of thousands of overrides, each of a resource of its own, no two are compared."""

    def __init__(self) -> None:
        self._all: list[OwnershipRule] = []
        self._by_match: dict[tuple[str, str], list[OwnershipRule]] = defaultdict(list)

    def add(self, rule: OwnershipRule) -> None:
        """Take a rule in; rules come in the order of their lines."""
        self._all.append(rule)
        for column in MATCH_COLUMNS:
            self._by_match[column, same(getattr(rule, column))].append(rule)

    def that_may_match_with(self, rule: OwnershipRule) -> list[OwnershipRule]:
        """Return those that insist on the same value or on none, in that column of ``rule`` where these are fewest."""
        insisted = [(column, value) for column in MATCH_COLUMNS if (value := same(getattr(rule, column)))]
        if not insisted:
            return self._all
        column, value = min(insisted, key=lambda match: len(self._by_match[match]) + len(self._by_match[match[0], ""]))
        return sorted(self._by_match[column, value] + self._by_match[column, ""], key=lambda found: found.line)


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

"""A spelling found in bills means one canonical tag key at a time."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.cells import same, same_key
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import TagKey


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield aliases that compare equal to another alias, or to a canonical key, with a different meaning."""
    canonical = {same_key(row.tag_key): row.tag_key for row in policy.tag_keys}
    seen: dict[str, list[TagKey]] = {}
    for row in policy.tag_keys:
        spelled = same_key(row.alias)
        if not spelled:
            yield policy.finding(
                "tag_keys",
                row,
                "alias",
                found=f"'{row.alias}'",
                expected="an alias with at least one letter a-z or digit; nothing else is compared",
                cure="Rename the tag at its source, or leave the alias out.",
            )
            continue
        owner = canonical.get(spelled)
        if owner is not None and same(owner) != same(row.tag_key):
            yield policy.finding(
                "tag_keys",
                row,
                "alias",
                found=f"'{row.alias}' as an alias of '{row.tag_key}', while '{owner}' is a canonical key itself",
                expected="aliases that are no canonical key of another tag",
                cure="Remove the alias, or rename the canonical key.",
            )
        for other in seen.get(spelled, []):
            if same(other.tag_key) != same(row.tag_key) and row.overlaps(other):
                yield policy.finding(
                    "tag_keys",
                    row,
                    "alias",
                    found=f"'{row.alias}' for '{row.tag_key}', while line {other.line} gives it to '{other.tag_key}'",
                    expected="an alias of one key at a time (case and punctuation do not count)",
                    cure="Remove one of them, or close the earlier before the later begins.",
                )
        seen.setdefault(spelled, []).append(row)

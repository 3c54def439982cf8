"""The value an alias stands for is no alias itself: a value is replaced once."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield tag_values rows whose value is, on some day, an alias of something else."""
    aliases: dict[tuple[str, str], list[int]] = {}
    for position, row in enumerate(policy.tag_values):
        aliases.setdefault((same(row.tag_key), same(row.alias)), []).append(position)
    for row in policy.tag_values:
        for position in aliases.get((same(row.tag_key), same(row.tag_value)), []):
            other = policy.tag_values[position]
            if same(other.tag_value) != same(row.tag_value) and row.overlaps(other):
                yield policy.finding(
                    "tag_values",
                    row,
                    "tag_value",
                    found=f"'{row.tag_value}', which line {other.line} replaces with '{other.tag_value}'",
                    expected="a value that stands for itself",
                    cure=f"Let this alias stand for '{other.tag_value}' directly.",
                )

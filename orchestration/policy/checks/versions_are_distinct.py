"""A version number of a rule or pool stands for one content."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield rows that reuse the version number of an earlier row of the same rule or pool."""
    for table, column in (("ownership_rules", "rule_version"), ("pools", "pool_version")):
        lines: dict[tuple[str, int], int] = {}
        for row in policy.rows[table]:
            name, version = getattr(row, row.key[0]), getattr(row, column)
            first = lines.setdefault((same(name), version), row.line)
            if first != row.line:
                yield policy.finding(
                    table,
                    row,
                    column,
                    found=f"version {version} of '{name}' again (first on line {first})",
                    expected="a new version number for each row of the same id",
                    cure="Number the later row with the next version.",
                )

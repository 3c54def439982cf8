"""A thing has at most one row in force on any day."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import FxRate, Row


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield rows that are in force while an earlier row of the same key still is."""
    for table, rows in policy.rows.items():
        in_order = sorted(rows, key=lambda row: (row.identity, row.validity[0], row.line))
        latest: dict[tuple[str, ...], Row] = {}
        for row in in_order:
            before = latest.setdefault(row.identity, row)
            if row.validity[1] > before.validity[1]:
                latest[row.identity] = row
            if before is row or not row.overlaps(before):
                continue
            named = [f"{column} '{getattr(row, column)}'" for column in row.key if getattr(row, column) is not None]
            name = ", ".join(named) or f"a row of {table}.csv"
            if isinstance(row, FxRate):
                expected, cure = "one rate per month and pair", "Remove one of the two rows."
            else:
                expected = "rows of the same key that follow each other in time"
                cure = f"Close line {before.line} with valid_to {row.validity[0]}, or correct the dates."
            yield policy.finding(
                table, row, found=f"{name} in force together with line {before.line}", expected=expected, cure=cure
            )

"""A row is in force for at least one day."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield rows whose valid_to is not after their valid_from."""
    for table, rows in policy.rows.items():
        for row in rows:
            begins, ends = row.validity
            if ends <= begins:
                yield policy.finding(
                    table,
                    row,
                    "valid_to",
                    found=f"valid_to {ends} with valid_from {begins}",
                    expected="a valid_to after valid_from; it is the first day on which the row no longer applies",
                    cure="Write the day after the last day of validity, or 9999-12-31.",
                )

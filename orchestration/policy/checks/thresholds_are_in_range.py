"""A threshold's value lies in the range its meaning allows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield negative limits, shares above 1 and switches that are neither 0 nor 1."""
    for row in policy.thresholds:
        switch = "_includes_" in row.threshold_id
        share = row.threshold_id != "invoice_tolerance_subunits"
        if switch and row.value not in (Decimal(0), Decimal(1)):
            expected, cure = "0 or 1", "Write 1 to include, 0 to leave out."
        elif row.value < 0:
            expected, cure = "0 or more", "Write the limit without a sign."
        elif share and row.value > 1:
            expected, cure = "a share from 0 to 1", "Write 80 % as 0.80."
        else:
            continue
        yield policy.finding("thresholds", row, "value", found=f"{row.value}", expected=expected, cure=cure)

"""Change control and approvals name policy files."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding, did_you_mean, listing
from orchestration.policy.model import Policy
from orchestration.policy.tables import TABLES


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield names of no policy file; approvals themselves cannot be put under control, for nothing would end that."""
    known = [table for table in TABLES if table != "change_approvals"]
    for table, rows in (("change_control", policy.change_control), ("change_approvals", policy.change_approvals)):
        for row in rows:
            if same(row.policy_file) not in known:
                yield policy.finding(
                    table,
                    row,
                    "policy_file",
                    found=f"'{row.policy_file}'",
                    expected=f"a policy file: {listing(known)}",
                    cure=did_you_mean(row.policy_file, known) or "Name the file without .csv.",
                )

"""The name of the owner of last resort is not taken by a domain."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy

UNALLOCATED = "unallocated"


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield domains called unallocated."""
    for row in policy.cost_domains:
        if same(row.domain_id) == UNALLOCATED:
            yield policy.finding(
                "cost_domains",
                row,
                "domain_id",
                found=f"'{row.domain_id}'",
                expected="any other name: it is the owner of what no rule matches, and always exists",
                cure="Rename the domain.",
            )

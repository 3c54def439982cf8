"""A namespace belongs to a domain or goes to a pool, and a label has a key and a value."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield rows with both outcomes or none, and labels that are half a label."""
    for row in policy.kubernetes_namespaces:
        if (row.domain_id is None) == (row.pool_id is None):
            yield policy.finding(
                "kubernetes_namespaces",
                row,
                "domain_id",
                found="neither a domain nor a pool"
                if row.domain_id is None
                else f"both domain '{row.domain_id}' and pool '{row.pool_id}'",
                expected="one of them",
                cure="Name who owns the namespace, or the pool that its cost goes on to when it serves everybody.",
            )
        if (row.label_key is None) != (row.label_value is None):
            yield policy.finding(
                "kubernetes_namespaces",
                row,
                "label_key" if row.label_key is None else "label_value",
                found="nothing, beside the other half of a label",
                expected="a label with key and value, or none",
                cure="Fill in both or neither.",
            )

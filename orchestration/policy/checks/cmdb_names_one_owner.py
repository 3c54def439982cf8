"""A resource has one owner in the CMDB at a time, by its id and by its name."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import CmdbResource


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield CMDB rows without id and name, and rows that give a resource a second owner."""
    by_id: dict[str, list[CmdbResource]] = {}
    by_name: dict[str, list[CmdbResource]] = {}
    for row in policy.cmdb_resources:
        if row.resource_id:
            yield from _conflicts(policy, row, "resource_id", by_id.setdefault(same(row.resource_id), []))
        elif row.resource_name:
            yield from _conflicts(policy, row, "resource_name", by_name.setdefault(same(row.resource_name), []))
        else:
            yield policy.finding(
                "cmdb_resources",
                row,
                "resource_id",
                found="neither resource_id nor resource_name",
                expected="at least one of them",
                cure="Fill in the id or name by which bills know the resource.",
            )


def _conflicts(policy: Policy, row: CmdbResource, column: str, others: list[CmdbResource]) -> Iterator[PolicyFinding]:
    for other in others:
        if same(other.domain_id) != same(row.domain_id) and row.overlaps(other):
            yield policy.finding(
                "cmdb_resources",
                row,
                column,
                found=f"'{getattr(row, column)}' of '{row.domain_id}', of '{other.domain_id}' on line {other.line}",
                expected="one owner at a time",
                cure="Close one of the rows, or correct its domain.",
            )
    others.append(row)

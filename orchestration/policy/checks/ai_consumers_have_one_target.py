"""What a consumer of AI used, what no gateway saw and what stands idle go to one domain, or to one pool that is fed."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import Row


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield consumers without a target or a value, rows with two targets, and pools as targets that nothing feeds."""
    for row in policy.ai_consumers:
        if row.value is None and row.kind != "not_seen_by_gateway":
            yield policy.finding(
                "ai_consumers",
                row,
                "value",
                found="nothing",
                expected=f"the {row.kind.replace('_', ' ')} as the gateway's log names it",
                cure="Write it; only what no gateway saw has no name.",
            )
        if row.kind == "not_seen_by_gateway" and row.value is not None and row.provider is None:
            yield policy.finding(
                "ai_consumers",
                row,
                "provider",
                found="nothing",
                expected=f"the provider of the model '{row.value}'",
                cure="Write the provider, or blank the value: the row is then about every model.",
            )
        if row.domain_id is None and row.pool_id is None:
            yield policy.finding(
                "ai_consumers",
                row,
                "domain_id",
                found="nothing",
                expected="a domain, or a pool in pool_id",
                cure="Name who bears it, or remove the row: it then stays unallocated.",
            )
        yield from _one_fed_pool(policy, "ai_consumers", row, "domain_id", "pool_id")
    for capacity in policy.ai_capacity:
        yield from _one_fed_pool(policy, "ai_capacity", capacity, "idle_domain_id", "idle_pool_id")


def _one_fed_pool(policy: Policy, table: str, row: Row, domain: str, pool: str) -> Iterator[PolicyFinding]:
    name = getattr(row, pool)
    if name is None:
        return
    if getattr(row, domain) is not None:
        yield policy.finding(
            table,
            row,
            pool,
            found=f"the pool '{name}' beside the domain '{getattr(row, domain)}'",
            expected="one of them",
            cure=f"Blank {domain} or {pool}.",
        )
    fed = {
        same(target.target_pool_id) for target in policy.pool_targets if target.target_pool_id and not target.excluded
    }
    known = {same(known.pool_id) for known in policy.pools}
    if same(name) in known and same(name) not in fed:
        yield policy.finding(
            table,
            row,
            pool,
            found=f"the pool '{name}', which no pool feeds",
            expected=f"a row of pool_targets.csv with target_pool_id {name}",
            cure="Add the row to pool_targets.csv for the pool of the models' cost.",
        )

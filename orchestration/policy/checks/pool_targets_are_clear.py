"""A row of pool_targets is about one domain, domains by their attributes, or a pool, with limits that can be kept."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from orchestration.policy.cells import same
from orchestration.policy.days import described, pieces
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import Pool, PoolTarget


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield rows about two things, shares of many, scopes that nothing reads, limits that contradict."""
    pools: dict[str, list[Pool]] = {}
    for pool in policy.pools:
        pools.setdefault(same(pool.pool_id), []).append(pool)
    for target in policy.pool_targets:
        yield from _about_one_thing(policy, target)
        yield from _limits(policy, "pool_targets", target, target.floor_share, target.cap_share)
        yield from _scope(policy, target, pools.get(same(target.pool_id), []))
    for pool in policy.pools:
        yield from _limits(policy, "pools", pool, pool.floor_share, pool.cap_share)
        yield from _floors(policy, pool)


def _about_one_thing(policy: Policy, target: PoolTarget) -> Iterator[PolicyFinding]:
    named = [name for name in (target.domain_id, target.target_pool_id) if name is not None]
    if len(named) == 2 or (target.target_pool_id is not None and target.attributes):
        yield policy.finding(
            "pool_targets",
            target,
            "target_pool_id",
            found=f"pool '{target.target_pool_id}' and a domain or its attributes",
            expected="a pool, a domain, or attributes of domains",
            cure="Write two rows.",
        )
    if target.share is not None and not named:
        yield policy.finding(
            "pool_targets",
            target,
            "share",
            found=f"the share {target.share} for several domains",
            expected="a share for one domain or pool",
            cure="List the domains, each with its share.",
        )
    numbers = (target.share, target.floor_share, target.cap_share)
    if target.excluded and any(number is not None for number in numbers):
        yield policy.finding(
            "pool_targets",
            target,
            "excluded",
            found="a share or a limit on a row that excludes",
            expected="a domain, attributes of domains, or a pool only",
            cure="Blank them, or write false.",
        )


def _limits(
    policy: Policy, table: str, row: Pool | PoolTarget, floor: Decimal | None, cap: Decimal | None
) -> Iterator[PolicyFinding]:
    if floor is not None and cap is not None and floor > cap:
        yield policy.finding(
            table,
            row,
            "floor_share",
            found=f"a floor of {floor} above the cap of {cap}",
            expected="a floor that is not above the cap",
            cure="Lower the floor, or raise the cap.",
        )


def _scope(policy: Policy, target: PoolTarget, pools: list[Pool]) -> Iterator[PolicyFinding]:
    undivided = next((pool for pool in pools if pool.overlaps(target) and pool.scope_by is None), None)
    if target.scope is not None and undivided is not None:
        yield policy.finding(
            "pool_targets",
            target,
            "scope",
            found=f"scope '{target.scope}' of pool '{target.pool_id}', "
            f"which line {undivided.line} of pools.csv divides as a whole",
            expected="nothing, for a pool without scope_by",
            cure="Write scope_by in pools.csv, or blank the scope.",
        )


def _floors(policy: Policy, pool: Pool) -> Iterator[PolicyFinding]:
    floored = [
        target
        for target in policy.pool_targets
        if same(target.pool_id) == same(pool.pool_id)
        and target.floor_share is not None
        and (target.domain_id is not None or target.target_pool_id is not None)
    ]
    for scope in sorted({same(target.scope) for target in floored}):
        of_scope = [target for target in floored if same(target.scope) == scope]
        for begins, ends in pieces(pool.validity, (target.validity for target in of_scope)):
            total = sum(
                (target.floor_share or Decimal(0) for target in of_scope if target.in_force(begins)), Decimal(0)
            )
            if total > 1:
                yield policy.finding(
                    "pools",
                    pool,
                    "pool_id",
                    found=f"floors of pool '{pool.pool_id}' that sum to {total.normalize():f} "
                    f"{described((begins, ends))}",
                    expected="floors that sum to at most 1",
                    cure="Lower them in pool_targets.csv.",
                )
                return

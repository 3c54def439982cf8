"""Pools that feed pools: in a declared way, never themselves, and always with a way out to a domain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from orchestration.policy.cells import same
from orchestration.policy.days import described, pieces, uncovered
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import Pool, PoolTarget


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield feeds without a resolution, of a pool into itself, without an order, or in a circle without a way out."""
    feeds = [target for target in policy.pool_targets if target.target_pool_id is not None and not target.excluded]
    domains = {same(domain.domain_id) for domain in policy.cost_domains}
    for feed in feeds:
        if same(feed.target_pool_id) == same(feed.pool_id):
            yield policy.finding(
                "pool_targets",
                feed,
                "target_pool_id",
                found=f"pool '{feed.pool_id}', which would feed itself",
                expected="another pool",
                cure="Remove the row; what a pool hands to itself stays in it and is divided among its other targets.",
            )
        if same(feed.target_pool_id) in domains:
            yield policy.finding(
                "pool_targets",
                feed,
                "target_pool_id",
                found=f"'{feed.target_pool_id}', which is the name of a domain too",
                expected="a name of its own for a pool that is fed: drivers know their targets by name",
                cure="Rename the pool or the domain.",
            )
        if policy.damaged.get("pool_resolution", set()) is not None:
            yield from _resolution(policy, feed)
    yield from _steps(policy, feeds)
    if not any(policy.damaged.get(table) for table in ("pools", "pool_targets", "cost_domains")):
        yield from _ways_out(policy, [feed for feed in feeds if same(feed.target_pool_id) != same(feed.pool_id)])


def _resolution(policy: Policy, feed: PoolTarget) -> Iterator[PolicyFinding]:
    gaps = uncovered(feed.validity, (row.validity for row in policy.pool_resolution))
    if gaps:
        yield policy.finding(
            "pool_targets",
            feed,
            "target_pool_id",
            found=f"pool '{feed.pool_id}' feeds '{feed.target_pool_id}', "
            f"with no resolution in force {described(gaps[0])}",
            expected="a row of pool_resolution.csv throughout",
            cure="Choose direct, step_down or reciprocal there, with who approved it.",
        )


def _steps(policy: Policy, feeds: list[PoolTarget]) -> Iterator[PolicyFinding]:
    chained = {same(name) for feed in feeds for name in (feed.pool_id, feed.target_pool_id)}
    steps: dict[int, Pool] = {}
    for pool in policy.pools:
        if same(pool.pool_id) not in chained:
            continue
        needing = [row for row in policy.pool_resolution if row.resolution == "step_down" and row.overlaps(pool)]
        if pool.step is None and needing:
            yield policy.finding(
                "pools",
                pool,
                "step",
                found=f"nothing, for pool '{pool.pool_id}' of a chain",
                expected=f"its place in the order: line {needing[0].line} of pool_resolution.csv says step_down",
                cure="Number the pools of the chain in the order in which they are divided.",
            )
        if pool.step is None:
            continue
        other = steps.setdefault(pool.step, pool)
        if same(other.pool_id) != same(pool.pool_id) and other.overlaps(pool):
            yield policy.finding(
                "pools",
                pool,
                "step",
                found=f"step {pool.step}, which pool '{other.pool_id}' (line {other.line}) has too",
                expected="a step of its own for each pool of a chain",
                cure="Number them in the order in which they are divided.",
            )


def _ways_out(policy: Policy, feeds: list[PoolTarget]) -> Iterator[PolicyFinding]:
    """Yield circles of pools whose every target is one of themselves: their matrix has a spectral radius of 1."""
    found: set[str] = set()
    rows = [*policy.pool_targets, *policy.pools]
    for pool in policy.pools:
        key = same(pool.pool_id)
        if key in found or not any(same(feed.pool_id) == key for feed in feeds):
            continue
        for begins, ends in pieces(pool.validity, (row.validity for row in rows)):
            reached = _reached(policy, key, begins)
            if reached is not None:
                found.update(reached)
                circle = ", ".join(f"'{name}'" for name in sorted(reached))
                yield policy.finding(
                    "pools",
                    pool,
                    "pool_id",
                    found=f"pool '{pool.pool_id}', from which only pools are reached "
                    f"{described((begins, ends))}: {circle}",
                    expected="a way to a domain from every pool (a spectral radius below 1), "
                    "or its cost would go round for ever",
                    cure="Give one of these pools a domain among its targets in pool_targets.csv, of a share above 0.",
                )
                break


def _reached(policy: Policy, pool_key: str, day: date) -> set[str] | None:
    """Return the pools reached from a pool on a day when no domain can be; None when one can."""
    reached, waiting = {pool_key}, [pool_key]
    while waiting:
        key = waiting.pop()
        rows = [
            row
            for row in policy.pool_targets
            if same(row.pool_id) == key and row.in_force(day) and not row.excluded and row.share != 0
        ]
        if any(row.target_pool_id is None for row in rows):
            return None
        if not any(same(row.pool_id) == key and not row.excluded for row in policy.pool_targets):
            return None  # a pool that lists nothing reaches every domain
        for row in rows:
            name = same(row.target_pool_id)
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return reached

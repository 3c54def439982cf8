"""Pools that feed pools: charges are borne to the last digit under each resolution, by whom algebra says."""

from __future__ import annotations

import dataclasses
import random
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.python.allocation.engine import METRICS, MISSING, Engine, Pool, Share, Split

RESOLUTIONS = ("direct", "step_down", "reciprocal")
Charge = tuple[int, tuple[Decimal | None, ...]]


def graph(chance: random.Random, count: int) -> list[Pool]:
    """Return pools with one to five targets, pools among them: circles, steps in any order, drivers without a word."""
    pools = []
    steps = chance.sample(range(count), count)
    for number in range(count):
        others = [f"pool-{other}" for other in chance.sample(range(count), min(count, chance.randint(0, 3)))]
        targets = tuple(other for other in others if other != f"pool-{number}")
        targets += tuple(chance.sample(("team-1", "team-2", "team-3", "team-4"), chance.randint(0, 3)))
        kind = chance.choice(("metered", "metered", "equal", "silent", "zero", "spoilt"))
        readings: dict[str, object] = {
            "metered": tuple(Decimal(chance.randint(0, 10**6)).scaleb(-3) for _ in targets),
            "silent": (MISSING,) * len(targets),
            "zero": (Decimal(0),) * len(targets),
            "spoilt": tuple(chance.choice((Decimal(5), Decimal(-5), None)) for _ in targets),
        }
        if kind == "equal":
            pools.append(Pool("equal_share", targets, fallback=chance.choice((None, "platform")), step=steps[number]))
            continue
        pools.append(
            Pool(
                "proportional",
                targets,
                quantities=tuple(readings[kind]),  # type: ignore[arg-type]
                fallback=chance.choice((None, "platform")),
                attempts=chance.choice(((), (), ("equal_share",))),
                step=chance.choice((None, steps[number])),
            )
        )
    return pools


def bills(chance: random.Random, count: int) -> list[Charge]:
    """Return a charge or two per pool, costs of both signs and all sizes."""

    def cost() -> Decimal | None:
        return chance.choice((None, Decimal(chance.randint(-(10**18), 10**18)).scaleb(-chance.randint(2, 12))))

    return [(chance.randrange(count), (cost(), cost(), cost(), cost())) for _ in range(count + 3)]


def assert_conserves(shares: list[Share], splits: list[Split], pools: list[Pool], charges: list[Charge]) -> None:
    by_pool: dict[str, list[Share]] = defaultdict(list)
    for share in shares:
        by_pool[share.pool_id].append(share)
    assert by_pool.keys() == {f"pool-{number}" for number in range(len(pools))}
    for parts in by_pool.values():
        assert parts[0].share_from == 0.0
        assert parts[-1].share_to == 1.0
        assert all(left.share_to == right.share_from for left, right in pairwise(parts))
        assert not any(part.domain_id.startswith("pool-") for part in parts)
    borne: dict[int, list[Split]] = defaultdict(list)
    for split in splits:
        borne[split.charge_id].append(split)
    for position, (_, costs) in enumerate(charges):
        for metric in range(len(METRICS)):
            amounts = [split.amounts[metric] for split in borne[position * 8]]
            if costs[metric] is None:
                assert set(amounts) == {None}
            else:
                assert sum(Fraction(amount) for amount in amounts if amount is not None) == Fraction(costs[metric] or 0)


def algebra(pools: list[Pool], resolution: str) -> list[dict[str, Fraction]]:
    """Return, per pool, who bears which part of it: the linear equations, solved exactly and in another way.

    Only for pools by equal shares, of which every one has a domain among its targets.
    """
    count = len(pools)
    order = sorted(range(count), key=lambda number: (pools[number].step is None, pools[number].step, f"pool-{number}"))
    handed = [[Fraction(0)] * count for _ in pools]
    owned: list[dict[str, Fraction]] = []
    for number, pool in enumerate(pools):
        kept = [
            target
            for target in pool.targets
            if not target.startswith("pool-")
            or resolution == "reciprocal"
            or (resolution == "step_down" and order.index(number) < order.index(int(target[5:])))
        ]
        owned.append({target: Fraction(1, len(kept)) for target in kept if not target.startswith("pool-")})
        for target in kept:
            if target.startswith("pool-"):
                handed[number][int(target[5:])] = Fraction(1, len(kept))
    # who bears a pool is what its own targets bear, and what is borne of the pools it feeds: (I - A) T = B
    teams = sorted({team for parts in owned for team in parts})
    rows = [
        [
            *(Fraction(int(i == j)) - handed[i][j] for j in range(count)),
            *(owned[i].get(team, Fraction(0)) for team in teams),
        ]
        for i in range(count)
    ]
    for pivot in range(count):
        scale = rows[pivot][pivot]
        rows[pivot] = [value / scale for value in rows[pivot]]
        for other in range(count):
            if other != pivot and rows[other][pivot]:
                factor = rows[other][pivot]
                rows[other] = [value - factor * above for value, above in zip(rows[other], rows[pivot], strict=True)]
    return [dict(zip(teams, row[count:], strict=True)) for row in rows]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), count=st.one_of(st.integers(1, 24), st.integers(25, 200)))
def test_no_money_is_lost_on_its_way_through_pools(engine: Engine, seed: int, count: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - numbers for a test, not secrets
    pools, charges = graph(chance, count), bills(chance, count)
    assert_conserves(*engine.divide(pools, charges), pools, charges)
    for resolution in RESOLUTIONS[:2]:
        assert_conserves(*engine.resolve(resolution), pools, charges)


def test_two_hundred_pools_that_feed_each_other(engine: Engine) -> None:
    chance = random.Random(200)  # noqa: S311 - as above
    pools, charges = graph(chance, 200), bills(chance, 200)
    assert_conserves(*engine.divide(pools, charges), pools, charges)
    for resolution in RESOLUTIONS[:2]:
        assert_conserves(*engine.resolve(resolution), pools, charges)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), count=st.integers(1, 7))
def test_who_bears_a_chained_pool_is_what_algebra_says(engine: Engine, seed: int, count: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - as above
    pools = []
    for number in range(count):
        others = [f"pool-{other}" for other in range(count) if other != number and chance.random() < 0.5]
        teams = chance.sample(("team-1", "team-2", "team-3"), chance.randint(1, 3))
        pools.append(Pool("equal_share", tuple(others + teams), step=number))
    charges: list[Charge] = [(number, (Decimal(1),) * 4) for number in range(count)]
    found = {"reciprocal": engine.divide(pools, charges)[0]}
    found |= {resolution: engine.resolve(resolution)[0] for resolution in RESOLUTIONS[:2]}
    for resolution, shares in found.items():
        expected = algebra(pools, resolution)
        for number in range(count):
            made = {share.domain_id: share for share in shares if share.pool_id == f"pool-{number}"}
            assert made.keys() == {team for team, part in expected[number].items() if part}
            for team, share in made.items():
                width = Fraction(share.share_to) - Fraction(share.share_from)
                assert abs(width - expected[number][team]) < Fraction(1, 10**13)


CLOUD = Pool(
    "fixed_percentage",
    ("pool-1", "team-1", "team-2"),
    fixed_shares=(Decimal("0.2"), Decimal("0.6"), Decimal("0.2")),
    step=1,
)
MONITORING = Pool(
    "fixed_percentage",
    ("pool-0", "team-1", "team-2"),
    fixed_shares=(Decimal("0.3"), Decimal("0.35"), Decimal("0.35")),
    step=2,
)


@pytest.mark.parametrize(
    ("resolution", "steps", "teams"),
    [
        ("direct", (1, 2), ("1000.0000", "500.0000")),
        ("step_down", (1, 2), ("950.0000", "550.0000")),
        ("step_down", (2, 1), ("1037.5000", "462.5000")),
        ("reciprocal", (1, 2), ("994.6809", "505.3191")),
    ],
)
def test_the_order_of_pools_moves_money(
    engine: Engine, resolution: str, steps: tuple[int, int], teams: tuple[str, str]
) -> None:
    pools = [dataclasses.replace(pool, step=step) for pool, step in zip((CLOUD, MONITORING), steps, strict=True)]
    charges: list[Charge] = [(0, (Decimal(1000),) * 4), (1, (Decimal(500),) * 4)]
    _, splits = engine.divide(pools, charges, resolution)
    borne = [
        sum((split.amounts[0] or Decimal(0) for split in splits if split.domain_id == team), Decimal(0))
        for team in ("team-1", "team-2")
    ]
    assert sum(borne) == 1500
    assert tuple(str(amount.quantize(Decimal("0.0001"))) for amount in borne) == teams


def test_what_arrives_at_pools_that_feed_each_other(engine: Engine) -> None:
    engine.divide([CLOUD, MONITORING], [(0, (Decimal(1000),) * 4), (1, (Decimal(500),) * 4)])
    arriving = engine.arriving()
    cloud = 1000 * arriving["pool-0", "pool-0"] + 500 * arriving["pool-1", "pool-0"]
    monitoring = 1000 * arriving["pool-0", "pool-1"] + 500 * arriving["pool-1", "pool-1"]
    assert (round(cloud, 4), round(monitoring, 4)) == (1223.4043, 744.6809)


def test_pools_that_feed_only_each_other_are_told(engine: Engine) -> None:
    shares, _ = engine.divide(
        [Pool("equal_share", ("pool-1",)), Pool("equal_share", ("pool-0",))], [(0, (Decimal(1),) * 4)]
    )
    assert [(share.domain_id, share.reason) for share in shares] == [("unallocated", "circular")] * 2

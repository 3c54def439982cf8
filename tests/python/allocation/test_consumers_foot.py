"""What a target bears, divided among its consumers: to the last digit, by what they used, whatever way it came."""

from __future__ import annotations

import dataclasses
import random
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.python.allocation.engine import METRICS, Consumed, Engine, Pool
from tests.python.allocation.test_chained_pools_conserve import RESOLUTIONS, Charge, bills, graph

Amounts = tuple[Decimal | None, ...]


def with_consumers(chance: random.Random, pool: Pool) -> Pool:
    """Return a pool some of whose targets, and what nobody owns, are used by consumers; readings may be spoilt."""
    rows: list[tuple[str, int | None, Decimal | None]] = []
    for target in (*pool.targets, "unallocated"):
        known = chance.sample((None, 1, 2, 3, 4), chance.choice((0, 0, 1, 2, 4)))
        spoilt = chance.random() < 0.1
        for consumer in known:
            quantity = Decimal(chance.randint(0, 10**7)).scaleb(-chance.randint(0, 9))
            rows.append((target, consumer, chance.choice((None, -quantity)) if spoilt else quantity))
    return dataclasses.replace(pool, consumers=tuple(rows))


def assert_foots(engine: Engine) -> list[Consumed]:
    """Assert that the parts of each row of the ledger add up to it, and that each is there once."""
    consumed, ledger = engine.consumed(), engine.ledger()
    parts: dict[tuple[str, str, str | None], list[Consumed]] = defaultdict(list)
    for part in consumed:
        parts[part.share].append(part)
    assert parts.keys() == ledger.keys()
    for share, costs in ledger.items():
        keys = [(part.via_pool_id, part.consumer_id) for part in parts[share]]
        assert len(keys) == len(set(keys))
        for metric in range(len(METRICS)):
            amounts = [part.amounts[metric] for part in parts[share]]
            if costs[metric] is None:
                assert set(amounts) == {None}
            else:
                assert sum(Fraction(amount) for amount in amounts if amount is not None) == Fraction(costs[metric] or 0)
    return consumed


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), count=st.integers(1, 16))
def test_consumers_add_up_to_the_ledger_whatever_way_its_cost_came(engine: Engine, seed: int, count: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - numbers for a test, not secrets
    pools = [with_consumers(chance, pool) for pool in graph(chance, count)]
    charges = bills(chance, count)
    engine.divide(pools, charges)
    assert_foots(engine)
    for resolution in RESOLUTIONS[:2]:
        engine.resolve(resolution)
        assert_foots(engine)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), count=st.integers(1, 6))
def test_a_consumer_bears_the_part_of_its_target_that_it_used(engine: Engine, seed: int, count: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - as above
    pools = []
    for _ in range(count):
        targets = tuple(chance.sample(("a", "b", "c"), chance.randint(1, 3)))
        pools.append(with_consumers(chance, Pool("equal_share", targets)))
    charges: list[Charge] = [(number, (Decimal(chance.randint(-(10**9), 10**9)),) * 4) for number in range(count)]
    engine.divide(pools, charges)
    ledger = engine.ledger()
    for part in assert_foots(engine):
        pool_id, domain_id, _ = part.share
        used = {name: q for target, name, q in pools[int(pool_id[5:])].consumers if target == domain_id}
        readings = list(used.values())
        if None in readings or any(q < 0 for q in readings if q is not None) or set(used) <= {None}:
            expected = Fraction(1)
            assert part.consumer_id is None
        else:
            total = sum(Fraction(q) for q in readings if q is not None)
            expected = Fraction(used.get(part.consumer_id) or 0) / total if total else Fraction(1)
        cost = Fraction(ledger[part.share][0] or 0)
        assert abs(Fraction(part.amounts[0] or 0) - cost * expected) <= Fraction(1, 10**11) + abs(cost) / 10**14


def shown(consumed: Iterable[Consumed], pool: str) -> dict[tuple[str, str | None, int | None], Decimal]:
    """Return effective cost by owner, pool that it was handed to, and consumer, to a millionth."""
    return {
        (part.share[1], part.via_pool_id, part.consumer_id): round(part.amounts[1] or Decimal(0), 6)
        for part in consumed
        if part.share[0] == pool
    }


NODES = Pool(
    "proportional",
    ("shop", "bank", "pool-1", "pool-2"),
    quantities=(Decimal(40), Decimal(20), Decimal(10), Decimal(30)),
    consumers=(
        ("shop", 11, Decimal(30)),
        ("shop", 12, Decimal(10)),
        ("bank", 11, Decimal(20)),
        ("pool-1", 90, Decimal(8)),
        ("pool-1", 91, Decimal(2)),
        ("pool-2", 99, Decimal(30)),
    ),
    step=1,
)
SYSTEM = Pool("fixed_percentage", ("shop", "bank"), fixed_shares=(Decimal("0.5"), Decimal("0.5")), step=2)
IDLE = Pool("direct", ("platform",), step=3)


@pytest.mark.parametrize("resolution", ["step_down", "reciprocal"])
def test_what_system_and_idle_use_shows_their_consumers_borne_by_others(engine: Engine, resolution: str) -> None:
    engine.divide([NODES, SYSTEM, IDLE], [(0, (Decimal(100),) * 4)], resolution)
    assert shown(assert_foots(engine), "pool-0") == {
        ("shop", None, 11): 30,
        ("shop", None, 12): 10,
        ("shop", "pool-1", 90): 4,
        ("shop", "pool-1", 91): 1,
        ("bank", None, 11): 20,
        ("bank", "pool-1", 90): 4,
        ("bank", "pool-1", 91): 1,
        ("platform", "pool-2", 99): 30,
    }


def test_what_is_handed_on_and_on_stays_the_use_of_the_first_pool_s_consumers(engine: Engine) -> None:
    # system hands half to idle, which is handed a part of the nodes too: idle's own consumer has not used that half
    system = dataclasses.replace(SYSTEM, targets=("shop", "pool-2"))
    engine.divide([NODES, system, IDLE], [(0, (Decimal(100),) * 4)])
    found = shown(assert_foots(engine), "pool-0")
    assert {key: amount for key, amount in found.items() if key[0] == "platform"} == {
        ("platform", "pool-1", 90): 4,
        ("platform", "pool-1", 91): 1,
        ("platform", "pool-2", 99): 30,
    }


def test_cost_that_comes_back_shows_who_it_was_handed_on_for(engine: Engine) -> None:
    # of system's 10, half comes back to the nodes, which bear it as they bear their own: 4/10 shop, 2/10 bank, …
    system = Pool("fixed_percentage", ("shop", "pool-0"), fixed_shares=(Decimal("0.5"), Decimal("0.5")))
    engine.divide([NODES, system, IDLE], [(0, (Decimal(100),) * 4)])
    found = shown(assert_foots(engine), "pool-0")
    by_consumer: dict[int | None, Decimal] = defaultdict(Decimal)
    for (_, _, consumer), amount in found.items():
        by_consumer[consumer] += amount
    # each consumer is shown for what it used, wherever the cost went
    assert {consumer: round(amount, 5) for consumer, amount in by_consumer.items()} == {
        11: 50, 12: 10, 90: 8, 91: 2, 99: 30,
    }  # fmt: skip


def test_usage_that_nobody_owns_shows_its_consumers_unallocated(engine: Engine) -> None:
    pool = Pool(
        "proportional",
        ("shop",),
        quantities=(Decimal(60),),
        unowned=Decimal(40),
        consumers=(("shop", 1, Decimal(60)), ("unallocated", 2, Decimal(30)), ("unallocated", None, Decimal(10))),
    )
    engine.divide([pool], [(0, (Decimal(-100),) * 4)])
    assert shown(assert_foots(engine), "pool-0") == {
        ("shop", None, 1): -60,
        ("unallocated", None, 2): -30,
        ("unallocated", None, None): -10,
    }
    assert {share[2] for share in engine.ledger()} == {None, "unowned_usage"}


def test_parts_that_nobody_used_show_no_consumer(engine: Engine) -> None:
    used = (("shop", 1, Decimal(3)), ("bank", 2, Decimal(1)))
    silent = Pool("proportional", ("shop", "bank"), attempts=("equal_share",), consumers=used)
    capped = Pool(
        "proportional",
        ("shop", "bank"),
        quantities=(Decimal(3), Decimal(1)),
        caps=(Decimal("0.3"), Decimal("0.3")),
        fallback="shop",
        consumers=used,
    )
    engine.divide([silent, capped], [(number, (Decimal(10),) * 4) for number in range(2)])
    consumed = assert_foots(engine)
    # in equal parts, after the driver said nothing: another attempt, of which no use is known
    assert shown(consumed, "pool-0") == {("shop", None, None): 5, ("bank", None, None): 5}
    assert [(part.share[1:], part.consumer_id, part.amounts[1]) for part in consumed if part.share[0] == "pool-1"] == [
        (("bank", None), 2, 3),
        (("shop", "capped"), None, 4),
        (("shop", None), 1, 3),
    ]

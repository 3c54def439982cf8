"""Whatever the pool, the driver and the cost: the parts of a charge add up to the charge, in each cost metric."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.python.allocation.engine import METRICS, MISSING, Engine, Pool, Share, Split

UNIT = Decimal("0.000000000001")


def decimals(low: str, high: str) -> st.SearchStrategy[Decimal]:
    """Decimals with 12 places from ``low`` to ``high``, of all magnitudes in between."""
    far = st.integers(int(Decimal(low).scaleb(12)), int(Decimal(high).scaleb(12)))
    return st.one_of(far, st.integers(-(10**9), 10**9)).map(lambda steps: Decimal(f"{steps}E-12"))


# 12 orders of magnitude, from 10^-6 to 10^6
weights = st.tuples(st.integers(1, 9999), st.integers(-6, 2)).map(lambda pair: Decimal(pair[0]).scaleb(pair[1]))
quantities = st.one_of(weights, weights, weights, st.just(Decimal(0)), st.just(MISSING))
spoilt = st.one_of(quantities, st.none(), decimals("-5", "5"))
costs = st.one_of(
    st.none(),
    decimals("-1000", "1000"),
    decimals("-100000000000000000000", "100000000000000000000"),
    st.sampled_from([Decimal(0), UNIT, -UNIT, 3 * UNIT, Decimal("99999999999999999999999.999999999999")]),
)


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    """Pools of every method, with 0 to 40 targets and drivers of every kind of damage."""
    method = draw(st.sampled_from(["proportional", "proportional", "fixed_percentage", "equal_share", "direct"]))
    count = draw(st.integers(0, 40))
    fallback = draw(st.sampled_from([None, "platform", "target-00"]))
    targets = tuple(f"target-{number:02}" for number in range(count))
    kind = draw(st.sampled_from([quantities, weights, spoilt]))
    readings = tuple(draw(st.lists(kind, min_size=count, max_size=count)))
    shares = tuple(draw(st.lists(st.one_of(st.none(), weights), min_size=count, max_size=count)))
    if method == "proportional":
        return Pool(method, targets, quantities=readings, fallback=fallback)
    if method == "fixed_percentage":
        return Pool(method, targets, fixed_shares=shares, fallback=fallback)
    return Pool(method, targets, fallback=fallback)


def expected_weights(pool: Pool) -> tuple[dict[str, Decimal], str | None]:
    """Return the weights above zero by target, or the reason why there are none: the rules, told a second time."""
    if not pool.targets:
        return {}, "no_target"
    if pool.method == "equal_share":
        return dict.fromkeys(pool.targets, Decimal(1)), None
    if pool.method == "direct":
        return ({pool.targets[0]: Decimal(1)}, None) if len(pool.targets) == 1 else ({}, "no_target")
    claims: dict[str, object] = dict(zip(pool.targets, pool.quantities or pool.fixed_shares, strict=True))
    known = {target: claim for target, claim in claims.items() if isinstance(claim, Decimal)}
    if any(claim < 0 for claim in known.values()):
        return {}, "negative_driver"
    if pool.method == "proportional" and None in claims.values():
        return {}, "null_driver"
    if not known:
        return {}, "no_driver" if pool.method == "proportional" else "no_target"
    if not sum(known.values()):
        return {}, "zero_driver"
    return {target: claim for target, claim in known.items() if claim}, None


def assert_shares_are_whole(shares: list[Share], pool: Pool) -> None:
    """From exactly 0 to exactly 1 without a gap, in the order of targets, each as wide as its weight says."""
    assert shares[0].share_from == 0.0
    assert shares[-1].share_to == 1.0
    assert all(left.share_to == right.share_from for left, right in pairwise(shares))
    assert all(share.share_from < share.share_to for share in shares)
    claims, reason = expected_weights(pool)
    assert {share.reason for share in shares} == {reason}
    if reason:
        assert [share.domain_id for share in shares] == [pool.fallback or "unallocated"]
        return
    assert [share.domain_id for share in shares] == sorted(share.domain_id for share in shares)
    widths = {share.domain_id: Fraction(share.share_to) - Fraction(share.share_from) for share in shares}
    total = Fraction(sum(claims.values()))
    for target, claim in claims.items():
        assert abs(widths.pop(target, Fraction(0)) - Fraction(claim) / total) < Fraction(1, 10**15)
    assert not widths


def assert_parts_add_up(parts: list[Split], charge: tuple[Decimal | None, ...]) -> None:
    """To the last digit in each metric; what is null stays null; no part is far from its share of the cost."""
    for position in range(len(METRICS)):
        amounts = [part.amounts[position] for part in parts]
        cost = charge[position]
        if cost is None:
            assert amounts == [None] * len(parts)
            continue
        assert sum(Fraction(amount) for amount in amounts if amount is not None) == Fraction(cost)
        for part, amount in zip(parts, amounts, strict=True):
            exact = Fraction(cost) * (Fraction(part.share_to) - Fraction(part.share_from))
            assert amount is not None
            assert abs(Fraction(amount) - exact) <= Fraction(UNIT) + abs(Fraction(cost)) / 10**15


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_no_money_is_lost_whatever_the_driver_says(engine: Engine, data: st.DataObject) -> None:
    given_pools = data.draw(st.lists(pools(), min_size=1, max_size=6))
    numbers = st.integers(0, len(given_pools) - 1)
    charges = data.draw(st.lists(st.tuples(numbers, st.tuples(*[costs] * 4)), min_size=1, max_size=8))
    shares, splits = engine.divide(given_pools, charges)
    for number, pool in enumerate(given_pools):
        assert_shares_are_whole([share for share in shares if share.pool_id == f"pool-{number}"], pool)
    for position, (_, charge) in enumerate(charges):
        assert_parts_add_up([part for part in splits if part.charge_id == position * 8], charge)


@pytest.mark.parametrize("count", [1, 2, 3, 1000, 10_000])
def test_any_number_of_targets_shares_any_cost(engine: Engine, count: int) -> None:
    chance = random.Random(count)  # noqa: S311 - numbers for a test, not secrets
    readings = tuple(Decimal(chance.randrange(1, 10_000)).scaleb(chance.randrange(-6, 3)) for _ in range(count))
    pool = Pool("proportional", tuple(f"target-{number:05}" for number in range(count)), quantities=readings)
    charge = (Decimal(100), Decimal("-0.000000000007"), None, Decimal("98765432109876543210.123456789012"))
    shares, splits = engine.divide([pool], [(0, charge)])
    assert len(shares) == count
    assert_shares_are_whole(shares, pool)
    assert_parts_add_up(splits, charge)


def test_a_hundred_over_three_differs_by_no_more_than_the_last_digit(engine: Engine) -> None:
    _, splits = engine.divide([Pool("equal_share", ("a", "b", "c"))], [(0, (Decimal("100.00"),) * 4)])
    amounts = [part.amounts[0] or Decimal(0) for part in splits]
    assert sorted(amounts) == [Decimal("33.333333333333"), Decimal("33.333333333333"), Decimal("33.333333333334")]


def test_the_foundation_s_own_example(engine: Engine) -> None:
    readings = tuple(Decimal(reading) for reading in (225, 225, 300, 450))
    pool = Pool("proportional", ("a", "b", "c", "d"), quantities=readings)
    _, splits = engine.divide([pool], [(0, (Decimal(200_000),) * 4)])
    assert [part.amounts[0] for part in splits] == [37_500, 37_500, 50_000, 75_000]


def test_shares_do_not_depend_on_the_scale_of_the_driver(engine: Engine) -> None:
    readings = tuple(Decimal(reading) for reading in (1, 2, 5))
    thousandfold = tuple(reading * 1000 for reading in readings)
    both = [Pool("proportional", ("a", "b", "c"), quantities=given) for given in (readings, thousandfold)]
    shares, _ = engine.divide(both, [(0, (Decimal(1),) * 4)])
    first, second = (
        [(s.domain_id, s.share_from, s.share_to) for s in shares if s.pool_id == p] for p in ("pool-0", "pool-1")
    )
    assert first == second

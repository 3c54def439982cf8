"""What the models say of a day equals what the rules say, whatever the bill and the log hold."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.python.ai.engine import Engine
from tests.python.ai.oracle import CLASSES, IDLE, NOT_SEEN, Call, Day, Meter, billed, logged, shares

AMOUNTS = st.integers(min_value=0, max_value=30_000_000)
TOKENS = st.dictionaries(st.sampled_from(CLASSES), AMOUNTS, max_size=5)
PRICES = st.dictionaries(
    st.sampled_from(CLASSES), st.decimals(min_value=0, max_value=75, places=3, allow_nan=False), min_size=3, max_size=5
)
CALLS = st.builds(Call, st.sampled_from(["a", "b", "nobody"]), TOKENS, st.booleans())
METERS = st.builds(
    Meter,
    st.sampled_from([*CLASSES, None]),
    st.none() | st.integers(min_value=-1_000_000, max_value=30_000_000),
    st.none() | st.decimals(min_value=-100, max_value=2_000, places=4, allow_nan=False),
    st.booleans(),
    st.sampled_from([True, True, True, False]),
)
DAYS = st.builds(
    Day,
    st.lists(METERS, min_size=1, max_size=4).map(tuple),
    st.lists(CALLS, max_size=4, unique_by=lambda call: (call.team, call.is_batch)).map(tuple),
    PRICES,
    st.none() | st.just(Decimal("0.5")),
    st.none() | st.integers(min_value=0, max_value=10_000_000).map(lambda hours: hours * 24),
    st.just((Decimal("0.25"), Decimal("1.25"), Decimal(4))),
)
CLOSE = Decimal("1e-9")
"""Parts are quotients; the driver's quantities are exact."""

SONNET = {"input": Decimal(3), "cached": Decimal("0.3"), "output": Decimal(15), "reasoning": Decimal(15)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=DAYS)
def test_every_day_is_divided_as_the_rules_say(ai_engine: Engine, day: Day) -> None:
    found, coverage = ai_engine.shares(day)
    expected = shares(day)
    assert found.keys() == expected.keys(), day
    assert all(abs(found[who] - expected[who]) < CLOSE for who in expected), day
    measure = billed(day)
    assert (coverage["measured_by"], coverage["billed_measure"]) == (
        ("capacity", None) if measure is None and day.capacity is not None else measure or (None, None)
    )
    worth = logged(day)
    assert coverage["logged_measure"] == (None if worth is None else sum(worth.values(), Decimal(0)))


def test_what_the_gateway_did_not_see_is_a_part_of_its_own(ai_engine: Engine) -> None:
    # 10 million at 3 = 30 billed; a used 5 million = 15, b 1 million cached of 0.3 and nobody the rest
    day = Day(
        (Meter("input", 10_000_000, Decimal(30)),),
        (Call("a", {"input": 5_000_000}), Call("b", {"cached": 10_000_000})),
        SONNET,
    )
    found, coverage = ai_engine.shares(day)
    assert found == {("a", "a"): Decimal("0.5"), ("b", "b"): Decimal("0.1"), ("unallocated", NOT_SEEN): Decimal("0.4")}
    assert (coverage["measured_by"], coverage["reason"]) == ("priced_tokens", None)


def test_more_logged_than_billed_is_shown_and_divided_without_a_rest(ai_engine: Engine) -> None:
    day = Day(
        (Meter("output", 1_000_000, Decimal(15)),), (Call("a", {"output": 1_000_000, "reasoning": 1_000_000}),), SONNET
    )
    found, coverage = ai_engine.shares(day)
    assert found == {("a", "a"): Decimal(1)}
    assert (coverage["billed_measure"], coverage["logged_measure"], coverage["reason"]) == (15, 30, "over_coverage")


def test_a_missing_price_makes_the_day_unseen_and_names_the_class(ai_engine: Engine) -> None:
    day = Day((Meter("output", 1_000_000, Decimal(15)),), (Call("a", {"output": 1_000_000, "cache_write": 7}),), SONNET)
    found, coverage = ai_engine.shares(day)
    assert found == {("unallocated", NOT_SEEN): Decimal(1)}
    assert (coverage["reason"], coverage["unpriced_classes"]) == ("no_price", "cache_write")


def test_batch_tokens_cost_their_factor_and_a_bill_without_tokens_counts_by_its_list_cost(ai_engine: Engine) -> None:
    # 2 million batch tokens at 3 / 2 = 3, of a list cost of 12
    day = Day(
        (Meter(None, None, Decimal(12)),), (Call("a", {"input": 2_000_000}, is_batch=True),), SONNET, Decimal("0.5")
    )
    found, coverage = ai_engine.shares(day)
    assert found == {("a", "a"): Decimal("0.25"), ("unallocated", NOT_SEEN): Decimal("0.75")}
    assert coverage["measured_by"] == "list_cost"


def test_provisioned_throughput_that_nobody_used_stands_idle(ai_engine: Engine) -> None:
    # 2,400 input tokens can be taken; 200 and 100 of output at 4 each are 600
    day = Day(
        (Meter("provisioned", 24, Decimal(48)),),
        (Call("a", {"input": 200, "output": 100}),),
        capacity=2_400,
        weights=(Decimal(0), Decimal(1), Decimal(4)),
    )
    found, _ = ai_engine.shares(day)
    assert found == {("a", "a"): Decimal("0.25"), ("unallocated", IDLE): Decimal("0.75")}


def test_a_day_of_credits_only_goes_to_who_used_the_model_that_day(ai_engine: Engine) -> None:
    credit = Meter("input", None, Decimal(-5), is_usage=False)
    assert ai_engine.shares(Day((credit,), (), SONNET))[0] == {("unallocated", NOT_SEEN): Decimal(1)}
    assert ai_engine.shares(Day((credit,), (Call("b", {"input": 9}),), SONNET))[0] == {("b", "b"): Decimal(1)}

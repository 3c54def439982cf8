"""What is decided from shared sums: budgets that concurrent calls cannot pass together, alerts, the kill-switch."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestration.gateway.calls import Caller, CallRefused
from orchestration.gateway.rules import Budget, Limit, Price, Rules, Settings
from orchestration.gateway.state import State, used_by
from tests.python.servers import SECONDS

DATES = {"valid_from": "2026-01-01", "valid_to": "9999-12-31"}
SETTINGS = Settings(when_unreadable="closed", output_tokens=100, attachment_tokens=0, hold_minutes=10, **DATES)
MONTHLY = Budget(
    budget_id="b", kind="team", value="search", unit="tokens", amount=1000, period="month", has_cap=True, **DATES
)
LOOPS = Limit(
    limit_id="loops",
    kind="workflow",
    value="",
    unit="tokens",
    window_minutes=60,
    factor="10",
    baseline_days=14,
    minimum=500,
    new_consumer_allowance=300,
    action="suspend",
    throttle_per_minute=0,
    expires_after_minutes=30,
    **DATES,
)
SEARCH = Caller(team="Search")
AGENT = Caller(workflow="agent")


class Clock:
    def __init__(self) -> None:
        self.now = dt.datetime(2026, 5, 20, 12, 0, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def later(self, **span: float) -> None:
        self.now += dt.timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def rules(clock: Clock, *, budgets: tuple[Budget, ...] = (), limits: tuple[Limit, ...] = (), **more: object):
    return Rules("r", "now", (SETTINGS,), budgets=budgets, limits=limits, **more).on(clock().date())


def admit(state: State, of_day, call_id: str, caller: Caller, **reserve: int | None) -> None:
    state.admit(call_id, caller, of_day, reserve, hold_minutes=10)


def use(state: State, of_day, caller: Caller, tokens: int, call_id: str = "c") -> list[dict[str, object]]:
    return state.settle(call_id, caller, of_day, {"tokens": tokens, "requests": 1})


def test_a_reservation_is_settled_with_what_was_used_and_the_cap_is_never_passed(tmp_path: Path, clock: Clock):
    state, of_day = State(tmp_path / "s", clock=clock), rules(clock, budgets=(MONTHLY,))
    admit(state, of_day, "1", SEARCH, tokens=600)
    with pytest.raises(CallRefused, match="0 tokens used and 600 tokens reserved of 1,000 tokens") as refused:
        admit(state, of_day, "2", SEARCH, tokens=401)
    assert (refused.value.code, refused.value.status, refused.value.retry_after) == ("budget_reached", 429, 5)
    admit(state, of_day, "3", SEARCH, tokens=400)
    use(state, of_day, SEARCH, 100, "1")
    state.give_back("3")
    [standing] = state.standings(of_day)
    assert (standing.consumed, standing.reserved, standing.percent) == (100, 0, 10)
    admit(state, of_day, "4", SEARCH, tokens=900)
    use(state, of_day, SEARCH, 900, "4")
    with pytest.raises(CallRefused, match="1,000 tokens used") as refused:
        admit(state, of_day, "5", SEARCH, tokens=0)
    assert refused.value.retry_after is None
    admit(state, of_day, "6", Caller(team="another"), tokens=10_000)


def test_concurrent_calls_of_several_workers_never_pass_a_cap_together(tmp_path: Path, clock: Clock):
    of_day = rules(clock, budgets=(MONTHLY,))
    workers = [State(tmp_path / "s", clock=clock) for _ in range(4)]
    deadline = time.monotonic() + SECONDS

    def work(number: int) -> int:
        state, passed = workers[number], 0
        for turn in range(30):
            call_id, is_settled = f"{number}-{turn}", False
            while not is_settled and time.monotonic() < deadline:
                try:
                    admit(state, of_day, call_id, SEARCH, tokens=90)
                except CallRefused as refused:
                    if refused.retry_after is None:
                        return passed
                    continue  # what the others hold may come back
                used = 30 + turn
                passed += used
                use(state, of_day, SEARCH, used, call_id)
                is_settled = True
        return passed

    with ThreadPoolExecutor(4) as pool:
        total = sum(pool.map(work, range(4)))
    [standing] = workers[0].standings(of_day)
    assert standing.consumed == total
    assert standing.reserved == 0
    assert 1000 - 90 < total <= 1000


def test_owners_are_told_at_70_85_and_100_percent_once_each_period(tmp_path: Path, clock: Clock):
    state = State(tmp_path / "s", clock=clock)
    told = [
        [event["event"] for event in use(state, rules(clock, budgets=(MONTHLY,)), SEARCH, tokens)]
        for tokens in (699, 1, 149, 1, 150, 5000)
    ]
    assert told == [[], ["budget_70_percent"], [], ["budget_85_percent"], ["budget_100_percent"], []]
    clock.later(days=15)
    june = rules(clock, budgets=(MONTHLY,))
    assert [row.consumed for row in state.standings(june)] == [0]
    assert [event["event"] for event in use(state, june, SEARCH, 900)] == ["budget_70_percent", "budget_85_percent"]


def test_what_passed_elsewhere_counts_and_a_day_is_its_own_period(tmp_path: Path, clock: Clock):
    daily = Budget(**{**MONTHLY.__dict__, "period": "day"})
    elsewhere = (("team", "search", "tokens", "2026-05-19", 500), ("team", "search", "tokens", "2026-05-20", 300))
    state = State(tmp_path / "s", clock=clock)
    [day] = state.standings(rules(clock, budgets=(daily,), elsewhere=elsewhere))
    [month] = state.standings(rules(clock, budgets=(MONTHLY,), elsewhere=elsewhere))
    assert (day.consumed, month.consumed) == (300, 800)


def test_money_is_counted_in_billionths_and_rounded_up(tmp_path: Path, clock: Clock):
    euro = Budget(**{**MONTHLY.__dict__, "unit": "money:EUR", "amount": 1_000_000_000})
    prices = tuple(
        Price(provider="openai", model="m", token_class=kind, price_per_million=price, currency="EUR", **DATES)
        for kind, price in (("input", "2.5"), ("output", "10"), ("cached", "0.0375"))
    )
    of_day = rules(clock, budgets=(euro,), prices=prices)
    tokens = {"input": 3, "cached": 1, "cache_write": 2, "output": 5, "reasoning": 7}
    used = used_by("openai", "M", tokens, of_day)
    # 5 × 2.5 + 1 × 0.0375 + 12 × 10 = 132.5375 of a million: 132,537.5 billionths
    assert used == {"tokens": 18, "requests": 1, "money:EUR": 132_538}
    assert used_by("openai", "new", tokens, of_day) == {"tokens": 18, "requests": 1, "unpriced:EUR": 18}
    state = State(tmp_path / "s", clock=clock)
    with pytest.raises(CallRefused, match="without prices in EUR"):
        admit(state, of_day, "1", SEARCH, **{"money:EUR": None})
    state.settle("1", SEARCH, of_day, {"money:EUR": 999_999_999})
    state.settle("0", SEARCH, of_day, {"unpriced:EUR": 18})
    [standing] = state.standings(of_day)
    assert (standing.consumed, standing.unpriced, standing.percent) == (999_999_999, 18, 99), "told, and not counted"
    with pytest.raises(CallRefused, match=r"1\.0000 EUR used"):
        admit(state, of_day, "2", SEARCH, **{"money:EUR": 2})
    admit(state, of_day, "3", SEARCH, **{"money:EUR": 1})


def test_a_reservation_that_nothing_settles_counts_as_used_and_is_told(tmp_path: Path, clock: Clock):
    state, of_day = State(tmp_path / "s", clock=clock), rules(clock, budgets=(MONTHLY,))
    admit(state, of_day, "lost", SEARCH, tokens=200)
    assert state.tidy(of_day) == []
    clock.later(minutes=10)
    [event] = state.tidy(of_day)
    assert (event["event"], event["observed"], event["detail"]) == ("reservation_unsettled", 200, "lost")
    assert [(row.consumed, row.reserved) for row in state.standings(of_day)] == [(200, 0)]


def history(state: State, clock: Clock, of_day, caller: Caller, days: int = 7, tokens: int = 100) -> None:
    """Some hours of use, on some days before the clock's."""
    now = clock.now
    for day in range(days, 0, -1):
        for hour in range(3):
            clock.now = (now - dt.timedelta(days=day)).replace(hour=9 + hour)
            use(state, Rules("r", "", (SETTINGS,)).on(clock().date()), caller, tokens)
    clock.now = now


def test_a_consumer_that_uses_ten_times_its_baseline_is_suspended_until_it_expires(tmp_path: Path, clock: Clock):
    state, of_day = State(tmp_path / "s", clock=clock), rules(clock, limits=(LOOPS,))
    history(state, clock, of_day, AGENT)
    assert use(state, of_day, AGENT, 1000) == [], "ten times the mean of 100 is allowed"
    [event] = use(state, of_day, AGENT, 1)
    assert {name: event[name] for name in ("event", "observed", "baseline", "allowed", "policy_id")} == {
        "event": "suspended",
        "observed": 1001,
        "baseline": 100,
        "allowed": 1000,
        "policy_id": "loops",
    }
    with pytest.raises(CallRefused, match="suspended until 2026-05-20 12:30 UTC by loops") as refused:
        admit(state, of_day, "1", AGENT)
    assert (refused.value.status, refused.value.code) == (403, "suspended")
    admit(state, of_day, "2", Caller(workflow="another"))
    assert use(state, of_day, AGENT, 50) == [], "one decision at a time"
    clock.later(minutes=30)
    admit(state, of_day, "3", AGENT)
    assert [event["event"] for event in state.tidy(of_day)] == ["expired"]
    clock.later(minutes=1)
    assert use(state, of_day, AGENT, 900) == [], "the window begins again where the decision ended"
    assert [event["event"] for event in use(state, of_day, AGENT, 101)] == ["suspended"]


def test_a_release_is_logged_and_begins_a_new_window(tmp_path: Path, clock: Clock):
    state, of_day = State(tmp_path / "s", clock=clock), rules(clock, limits=(LOOPS,))
    history(state, clock, of_day, AGENT)
    use(state, of_day, AGENT, 2000)
    assert state.release("workflow", "other", by="ann", reason="fixed") == []
    [event] = state.release("workflow", " Agent ", by="ann", reason="fixed")
    assert (event["event"], event["by"], event["detail"]) == ("released", "ann", "fixed")
    admit(state, of_day, "1", AGENT)
    clock.later(minutes=2)
    assert use(state, of_day, AGENT, 900) == []
    assert state.decisions() == []
    [decision] = state.decisions(only_active=False)
    assert (decision.ended_by, decision.reason) == ("ann", "fixed")


def test_a_new_consumer_has_an_allowance_and_a_small_baseline_a_minimum(tmp_path: Path, clock: Clock):
    state, of_day = State(tmp_path / "s", clock=clock), rules(clock, limits=(LOOPS,))
    new, small = Caller(workflow="new"), Caller(workflow="small")
    history(state, clock, of_day, new, days=2)
    history(state, clock, of_day, small, days=3, tokens=1)
    assert use(state, of_day, new, 300) == []
    assert [(event["baseline"], event["allowed"]) for event in use(state, of_day, new, 1)] == [(None, 300)]
    assert use(state, of_day, small, 500) == []
    assert [(event["baseline"], event["allowed"]) for event in use(state, of_day, small, 1)] == [(1, 500)]


def test_throttling_lets_some_calls_a_minute_pass_and_notifying_all(tmp_path: Path, clock: Clock):
    slow = Limit(**{**LOOPS.__dict__, "action": "throttle", "throttle_per_minute": 2})
    told = Limit(**{**LOOPS.__dict__, "limit_id": "told", "action": "notify", "kind": "team", "unit": "requests"})
    state, of_day = State(tmp_path / "s", clock=clock), rules(clock, limits=(slow, told))
    assert [event["event"] for event in use(state, of_day, AGENT, 301)] == ["throttled"]
    admit(state, of_day, "1", AGENT)
    admit(state, of_day, "2", AGENT)
    with pytest.raises(CallRefused, match="at most 2 calls a minute") as refused:
        admit(state, of_day, "3", AGENT)
    assert (refused.value.status, refused.value.retry_after) == (429, 60)
    clock.later(minutes=1)
    admit(state, of_day, "4", AGENT)
    for _ in range(300):
        assert use(state, of_day, SEARCH, 0) == []
    assert [event["event"] for event in use(state, of_day, SEARCH, 0)] == ["limit_noticed"]
    admit(state, of_day, "5", SEARCH)


def test_a_lost_state_is_counted_again_from_the_files_of_usage(tmp_path: Path, clock: Clock):
    file = tmp_path / "usage-2026-05-part000001.csv"
    header = "time,provider,model,key_id,team,cost_centre,workflow,use_case,product,input_tokens,cached_tokens,"
    file.write_text(
        f"{header}cache_write_tokens,output_tokens,reasoning_tokens,requests,status\n"
        "2026-05-02T10:00:00.000000Z,openai,m,,Search,,,,,100,20,3,40,7,1,success\n"
        "2026-05-20T11:59:00.000000Z,openai,m,,Search,,,,,30,0,0,0,0,1,success\n"
        "2026-05-20T11:59:0"
    )
    published = Rules("r", "", (SETTINGS,), budgets=(MONTHLY,))
    of_day = published.on(clock().date())
    for _ in range(2):
        state = State(tmp_path / "s", usage_files=[file], rules=published, clock=clock)
        assert [row.consumed for row in state.standings(of_day)] == [200], "once, however often it is opened"
        state.close()


def test_a_file_that_is_no_state_is_told(tmp_path: Path, clock: Clock):
    (tmp_path / "s").write_text("rubbish " * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        State(tmp_path / "s", clock=clock)

"""Measure what the AI gateway's plug-in adds to a call: LiteLLM proxies on loopback, one with it, asked in turn.

``make benchmark-gateway`` calls this. Nothing here asserts. The proxies answer by themselves (``mock_response``), so
that what is measured is the proxy's own time; all are asked in changing order, so that a drifting machine moves all.
What is added is the median of the differences within a round, to a proxy without callbacks, with an interval that holds
the true one in 95 of 100 runs. Two more rows show what such a difference is worth: the same proxy asked twice, and a
proxy with a callback that does nothing. What a proxy computes for a call hardly depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.gateway.calls import Caller
from orchestration.gateway.folder import GatewayFolder
from orchestration.gateway.publishing import publish_rules
from orchestration.gateway.state import State
from orchestration.home import Home
from tests.python.gateway.conftest import KEYS, write_policy_files
from tests.python.gateway.proxy import Proxy, proxy

CONSOLE = Console()
NOWHERE = "http://127.0.0.1:9"
BUDGETS = (
    "budget_id,kind,value,unit,currency,amount,period,at_cap,rationale,owner,approved_by,valid_from,valid_to\n"
    "search,team,search,tokens,,900000000000,month,refuse,agreed,ann@example.com,cfo,2026-01-01,9999-12-31\n"
)


def timed(work: Callable[[], object]) -> float:
    """Return how many milliseconds something takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def row(name: str, values: list[float]) -> tuple[str, str, str, str]:
    """Return a line of the table: median and 95th percentile."""
    return name, f"{statistics.median(values):.3f}", f"{statistics.quantiles(values, n=20)[-1]:.3f}", ""


def added(name: str, differences: list[float]) -> tuple[str, str, str, str]:
    """Return a line of the table: the median difference, and between what it lies in 95 of 100 resamples."""
    chance = random.Random(7)  # noqa: S311 - resamples, no secrets
    medians = [statistics.median(chance.choices(differences, k=len(differences))) for _ in range(1000)]
    cuts = statistics.quantiles(medians, n=40)
    return name, f"{statistics.median(differences):+.3f}", "", f"{cuts[0]:+.3f} to {cuts[-1]:+.3f}"


def computed(proxy: Proxy) -> float:
    """Return how many milliseconds a proxy has computed, by Linux's count of each of its threads."""
    tasks = Path(f"/proc/{proxy.processes[0].pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1_000_000


def measure_calls(folder: Path, pairs: int) -> list[tuple[str, str, str, str]]:
    """Return what a call takes without the plug-in, and with it: under a capped budget and limits, and free of caps."""
    home = Home(folder / "home")
    publish_rules(home, write_policy_files(folder / "policy", ai_budgets=BUDGETS), None, dt.datetime.now(dt.UTC))
    place = GatewayFolder(home.gateway).root
    with (
        proxy(folder / "plain", place, NOWHERE, KEYS, callbacks=()) as plain,
        proxy(folder / "idle", place, NOWHERE, KEYS, callbacks=("tests.benchmark.idle_callback.handler",)) as idle,
        proxy(folder / "gateway", place, NOWHERE, KEYS) as gateway,
    ):

        def ask(asked: Proxy, key: str) -> None:
            answer = asked.chat(key, "hello", model="mocked", max_tokens=50)
            assert answer.status == 200, answer.error

        ways = {
            "without": lambda: ask(plain, "sk-search"),
            "without, again": lambda: ask(plain, "sk-search"),
            "with nothing": lambda: ask(idle, "sk-search"),
            "with the plug-in, under a cap": lambda: ask(gateway, "sk-search"),
            "with the plug-in, no cap": lambda: ask(gateway, "sk-shop"),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(20):
            for way in ways.values():
                way()
        before = {asked: computed(asked) for asked in (plain, idle, gateway)}
        for _ in range(pairs):
            for name in random.sample(list(ways), len(ways)):
                times[name].append(timed(ways[name]))
        busy = {asked: (computed(asked) - base) / pairs for asked, base in before.items()}
    lines = [row(f"call {name} (ms)", values) for name, values in times.items()]
    first = times.pop("without")
    for name, values in times.items():
        differences = [value - base for value, base in zip(values, first, strict=True)]
        lines.append(added(f"{name}, less without (ms)", differences))
    for name, asked, calls in (("without", plain, 2), ("with nothing", idle, 1), ("with the plug-in", gateway, 2)):
        lines.append((f"computed for a call {name} (ms)", f"{busy[asked] / calls:.3f}", "", ""))
    return lines


def measure_state(folder: Path, calls: int) -> list[tuple[str, str, str, str]]:
    """Return what a reservation and its settlement take by themselves."""
    home = Home(folder / "home-state")
    policy = write_policy_files(folder / "policy-state", ai_budgets=BUDGETS)
    now = dt.datetime.now(dt.UTC)
    rules = publish_rules(home, policy, None, now).on(now.date())
    state, caller = State(home.gateway / "state.sqlite3"), Caller(team="search", workflow="agent")
    reserving, settling = [], []
    for number in range(calls):
        call_id = str(number)
        reserving.append(timed(lambda: state.admit(call_id, caller, rules, {"tokens": 500}, hold_minutes=10)))  # noqa: B023
        settling.append(timed(lambda: state.settle(call_id, Caller(team="search"), rules, {"tokens": 100})))  # noqa: B023
    state.close()
    return [row("reserve (ms)", reserving), row("settle, after the answer (ms)", settling)]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=300)
    pairs = parser.parse_args().pairs
    table = Table("", "p50", "p95", "95 % of medians")
    with tempfile.TemporaryDirectory() as name:
        for line in [*measure_calls(Path(name), pairs), *measure_state(Path(name), pairs * 10)]:
            table.add_row(*line)
    CONSOLE.print(table)


if __name__ == "__main__":
    main()

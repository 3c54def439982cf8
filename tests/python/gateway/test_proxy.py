"""The plug-in in real LiteLLM proxies on loopback: two that share a folder, and a provider that answers as asked.

The tests build on each other's proxies, not on each other's outcome: each has teams, workflows and keys of its own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.estate import Source
from orchestration.landing import land_source
from orchestration.landing.receipts import Shelf
from tests.python.gateway.conftest import (
    GATEWAY,
    INTERFACES,
    KEYS,
    Running,
    publish,
    until,
    usage_rows,
    write_policy_files,
)
from tests.python.gateway.proxy import kill
from tests.python.servers import SECONDS

RECIPE = "the cake recipe of my grandmother"


def test_a_call_with_a_cost_centre_passes_and_its_usage_is_written_by_kind_of_token(running: Running) -> None:
    wish = {"prompt_tokens": 100, "cached": 40, "completion_tokens": 30, "reasoning": 10, "note": RECIPE}
    answer = running.proxy.chat("sk-shop", wish, metadata={"workflow": "w\n1", "use_case": "answers"})
    assert answer.status == 200, answer.error
    [row] = running.rows("sk-shop", 1)
    expected = {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "team": "Storefront",
        "cost_centre": "CC-1",
        "workflow": "w 1",
        "use_case": "answers",
        "product": "shop",
        "input_tokens": "60",
        "cached_tokens": "40",
        "cache_write_tokens": "0",
        "output_tokens": "20",
        "reasoning_tokens": "10",
        "requests": "1",
        "is_batch": "false",
        "status": "success",
    }
    assert {name: row[name] for name in expected} == expected
    assert abs(dt.datetime.fromisoformat(row["time"]) - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=10)


def test_a_call_without_a_valid_cost_centre_is_refused_before_the_provider_sees_it(running: Running) -> None:
    asked = len(running.provider.asked)
    missing = running.proxy.chat("sk-open", {})
    expired = running.proxy.chat("sk-gone", {})
    other = running.proxy.chat("sk-shop", {}, metadata={"cost_centre": "CC-2"})
    assert [answer.status for answer in (missing, expired, other)] == [400, 400, 400]
    assert "no cost centre in the key's metadata" in missing.error
    assert "x-tieout-cost-centre" in missing.error
    assert "'CC-9' in the key's metadata" in expired.error
    assert "while the key's metadata has 'CC-1'" in other.error
    assert len(running.provider.asked) == asked
    key_id = hashlib.sha256(b"sk-gone").hexdigest()
    assert [row for row in usage_rows(running.folder) if row["key_id"] == key_id] == []


def test_a_cost_centre_may_come_by_metadata_header_or_team_and_by_any_interface(running: Running) -> None:
    answers = [
        running.proxy.chat("sk-free", {}, metadata={"cost_center": "bank"}),
        running.proxy.chat("sk-free", {}, headers={"X-Tieout-Cost-Centre": "cc-1", "X-Tieout-Workflow": "mail"}),
        running.proxy.chat("sk-free", {}, metadata={"cost_centre": "CC-1"}, stream=True),
        running.proxy.post(
            "/v1/embeddings", "sk-free", {"model": "embed", "input": "x", "metadata": {"cost_centre": "CC-1"}}
        ),
        running.proxy.chat("sk-free", {"status": 500}, metadata={"cost_centre": "CC-1"}),
    ]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 500]
    rows = running.rows("sk-free", 5)
    assert sorted((row["status"], row["cost_centre"], row["input_tokens"]) for row in rows) == [
        ("failure", "CC-1", "0"),
        ("success", "CC-1", "10"),
        ("success", "CC-1", "10"),
        ("success", "bank", "10"),
        ("success", "cc-1", "10"),
    ]
    assert len({row["request_id"] for row in rows}) == 5
    assert running.proxy.chat("sk-team", {}).status == 200
    assert running.rows("sk-team", 1)[0]["product"] == "bank"


def body_of(interface: str, wish: dict[str, object], most: int) -> tuple[str, dict[str, object]]:
    """Return where and how a call is made by an interface, with a bound on its answer."""
    said = [{"role": "user", "content": json.dumps(wish)}]
    path, body = {
        "chat": ("/v1/chat/completions", {"model": "small", "messages": said, "max_tokens": most}),
        "messages": ("/v1/messages", {"model": "claude", "messages": said, "max_tokens": most}),
        "messages-translated": ("/v1/messages", {"model": "small", "messages": said, "max_tokens": most}),
        "responses": ("/v1/responses", {"model": "small", "input": json.dumps(wish), "max_output_tokens": most}),
        "embeddings": ("/v1/embeddings", {"model": "embed", "input": json.dumps(wish) + " " * most}),
    }[interface.removesuffix("-stream")]
    return path, body | ({"stream": True} if interface.endswith("-stream") else {})


@pytest.mark.parametrize("interface", INTERFACES)
def test_every_interface_is_refused_counted_and_kept_to_its_budget(running: Running, interface: str) -> None:
    asked = len(running.provider.asked)
    wish = {"prompt_tokens": 100, "cached": 40, "completion_tokens": 30, "reasoning": 10}
    nobody = running.proxy.post(*_call("sk-open", *body_of(interface, wish, 50)))
    assert nobody.status == 400, nobody.error
    assert "no cost centre in the key's metadata" in nobody.error
    dear = running.proxy.post(*_call(f"sk-{interface}", *body_of(interface, wish, 1600)))
    assert dear.status == 429, dear.error
    assert f"budget of-{interface} of workflow 'via-{interface}'" in dear.error
    assert len(running.provider.asked) == asked, "the provider has seen neither"

    answers = [running.proxy.post(*_call(f"sk-{interface}", *body_of(interface, wish, 50))) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200], answers[0].error
    assert len(running.provider.asked) == asked + 2
    rows = running.rows(f"sk-{interface}", 2)
    expected = {
        "provider": "anthropic" if rows[0]["model"].startswith("claude") else "openai",
        "input_tokens": "60",
        "cached_tokens": "40",
        "output_tokens": "20",
        "reasoning_tokens": "10",
        "status": "success",
        "workflow": f"via-{interface}",
    }
    if interface == "embeddings":
        expected |= {"input_tokens": "100", "cached_tokens": "0", "output_tokens": "0", "reasoning_tokens": "0"}
    elif expected["provider"] == "anthropic":
        expected |= {"output_tokens": "30", "reasoning_tokens": "0"}  # it tells no reasoning apart
    assert [{name: row[name] for name in expected} for row in rows] == [expected] * 2
    assert len({row["request_id"] for row in rows}) == 2
    used = 2 * sum(int(expected[name]) for name in expected if name.endswith("_tokens"))
    assert until(lambda: _standing(running, f"of-{interface}") == (used, 0)), "settled, with nothing left reserved"
    assert running.written(f"sk-{interface}") == rows, "a call is written once"


def _call(key: str, path: str, body: dict[str, object]) -> tuple[str, str, dict[str, object]]:
    return path, key, body


def _standing(running: Running, budget_id: str) -> tuple[int, int]:
    """Return what is consumed and reserved of a budget."""
    shown = CliRunner().invoke(app, ["gateway", "status", "--json", "--home", str(running.home.root)])
    [found] = [row for row in json.loads(shown.stdout)["budgets"] if row["budget"]["budget_id"] == budget_id]
    return found["consumed"], found["reserved"]


@pytest.mark.parametrize("interface", ["messages", "responses"])
def test_messages_and_responses_may_name_their_cost_centre_as_chats_do(running: Running, interface: str) -> None:
    path, body = body_of(interface, {}, 50)
    named = {"cost_centre": "CC-1"}
    answers = [
        running.proxy.post(path, "sk-open", body, {"x-tieout-cost-centre": "cc-1"}),
        running.proxy.post(path, "sk-open", {**body, "litellm_metadata": named}),
        running.proxy.post(path, "sk-open", {**body, "metadata": named}),
    ]
    assert [answer.status for answer in answers] == [200, 200, 200], [answer.error for answer in answers]
    if interface == "messages":  # OpenAI keeps what it is given as metadata, Anthropic refuses what it does not know
        assert not any("cost" in json.dumps(asked.get("metadata")) for asked in running.provider.asked[-3:])


@pytest.mark.parametrize("more", [{}, {"stream": True}])
def test_calls_that_are_passed_through_are_asked_for_counted_and_not_bounded(
    running: Running, more: dict[str, object]
) -> None:
    body = body_of("messages", {"prompt_tokens": 70, "completion_tokens": 9}, 50)[1]
    body |= {"model": "claude-sonnet-4-6", **more}
    asked, before = len(running.provider.asked), len(running.written("sk-passed"))
    nobody = running.proxy.post("/anthropic/v1/messages", "sk-open", body)
    capped = running.proxy.post("/anthropic/v1/messages", "sk-messages", body)
    assert (nobody.status, capped.status) == (400, 400), nobody.error
    assert "no cost centre in the key's metadata" in nobody.error
    assert "a call whose most expensive outcome is not known" in capped.error
    assert len(running.provider.asked) == asked
    passed = running.proxy.post("/anthropic/v1/messages", "sk-passed", body)
    assert passed.status == 200, passed.error
    assert set(running.provider.asked[-1]) == {*body, "headers", "path"}, "the provider gets what was sent"
    row = running.rows("sk-passed", before + 1)[-1]
    assert (row["provider"], row["model"], row["workflow"]) == ("anthropic", "claude-sonnet-4-6", "passed")
    assert (row["cost_centre"], row["input_tokens"], row["output_tokens"]) == ("CC-2", "70", "9")


def test_concurrent_calls_on_both_proxies_never_pass_a_budget_together(running: Running) -> None:
    cap = 20_000

    def call(number: int) -> int:
        wish = {"for": "search", "prompt_tokens": 50, "completion_tokens": 400 + number, "seconds": 0.05}
        deadline = time.monotonic() + 2 * SECONDS
        while True:
            answer = running.proxy.chat("sk-search", wish, max_tokens=600)
            # refused until others have settled what they hold of the budget: asked again; else the budget is used up
            if "retry-after" not in answer.headers or time.monotonic() > deadline:
                return answer.status

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(call, range(80)))
    assert set(statuses) == {200, 429}
    billed = running.provider.billed["search"]
    assert cap - 1000 < billed <= cap
    rows = running.rows("sk-search", statuses.count(200))
    assert sum(int(row["input_tokens"]) + int(row["output_tokens"]) for row in rows) == billed
    refused = running.proxy.chat("sk-search", {}, max_tokens=5000)
    assert refused.status == 429
    assert "budget search of team 'search'" in refused.error


def test_a_call_without_a_bound_is_given_the_policys_under_a_cap(running: Running) -> None:
    answer = running.proxy.chat(
        "sk-open", {"completion_tokens": 900}, metadata={"cost_centre": "CC-1", "workflow": "summaries"}
    )
    assert answer.status == 200, answer.error
    assert answer.content["usage"]["completion_tokens"] == 200
    free = running.proxy.chat("sk-open", {"completion_tokens": 900}, metadata={"cost_centre": "CC-1"})
    assert free.content["usage"]["completion_tokens"] == 900


def test_a_budget_in_money_is_kept_at_the_prices_of_the_policy(running: Running) -> None:
    caller = {"cost_centre": "CC-1", "workflow": "paid"}
    wish = {"for": "paid", "prompt_tokens": 100, "completion_tokens": 100}
    answers = [running.proxy.chat("sk-open", wish, metadata=caller, max_tokens=100) for _ in range(6)]
    # 100 × 0.001 + 100 × 0.002 = 0.30 USD a call, of 1.00
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429, 429]
    told = "budget paid of workflow 'paid': 0.9000 USD used and 0.0000 USD reserved"
    assert until(lambda: told in running.proxy.chat("sk-open", wish, metadata=caller, max_tokens=100).error)
    unknown = running.proxy.chat("sk-open", {}, model="unpriced", metadata=caller)
    assert unknown.status == 400
    assert "a call of a model without prices in USD" in unknown.error


def test_a_runaway_is_suspended_on_both_proxies_until_it_is_released(running: Running) -> None:
    assert running.proxy.chat("sk-agent", {"prompt_tokens": 5000}).status == 200
    runner = CliRunner()
    home = ["--home", str(running.home.root)]

    [decision] = until(lambda: _held(running, "agent"))
    assert (decision["observed"], decision["baseline"], decision["allowed"]) == (5005, 100, 1000)
    refused = [running.proxy.chat("sk-agent", {}) for _ in range(2)]
    assert [answer.status for answer in refused] == [403, 403]
    assert "tieout gateway release workflow agent" in refused[0].error
    released = runner.invoke(
        app, ["gateway", "release", "workflow", "agent", "--reason", "fixed", "--by", "ann", *home]
    )
    assert released.exit_code == 0, released.output
    assert [running.proxy.chat("sk-agent", {}).status for _ in range(2)] == [200, 200]
    again = runner.invoke(app, ["gateway", "release", "workflow", "agent", "--reason", "fixed", *home])
    assert again.exit_code == 2
    assert "nothing that was decided about it" in again.stderr


def test_a_new_consumer_is_throttled_on_both_proxies_together(running: Running) -> None:
    assert running.proxy.chat("sk-fresh", {"prompt_tokens": 600}).status == 200
    assert until(lambda: _held(running, "fresh"))
    began = time.time() // 60
    statuses = [running.proxy.chat("sk-fresh", {}).status for _ in range(8)]
    minutes = int(time.time() // 60 - began) + 1
    assert set(statuses) <= {200, 429}
    assert 2 <= statuses.count(200) <= 2 * minutes, "two a minute, whichever proxy is asked"


def _held(running: Running, value: str) -> list[dict[str, object]]:
    """Return what is decided about a consumer."""
    shown = CliRunner().invoke(app, ["gateway", "status", "--json", "--home", str(running.home.root)])
    return [row for row in json.loads(shown.stdout)["decisions"] if row["value"] == value]


def test_while_the_state_cannot_be_read_calls_are_refused_or_pass_by_policy(running: Running, tmp_path) -> None:
    with closing(sqlite3.connect(running.folder.state_file)) as state:
        before = state.execute("select sum(quantity) from consumption where kind = 'team'").fetchone()
    for file in running.folder.root.glob("state.sqlite3*"):
        file.unlink(missing_ok=True)
    running.folder.state_file.write_text("rubbish " * 1000)
    closed = running.proxy.chat("sk-told", {})
    assert closed.status == 503
    assert "state.sqlite3, which cannot be used" in closed.error
    try:
        policy = write_policy_files(tmp_path / "open", ai_gateway=GATEWAY.format(fails="open"))
        publish(running.home, policy)
        statuses = until(lambda: [status for status in [running.proxy.chat("sk-told", {}).status] if status == 200])
        assert statuses == [200]
        assert running.rows("sk-told", 1)[0]["status"] == "success", "usage is written all the same"
    finally:
        running.folder.state_file.unlink(missing_ok=True)
        publish(running.home, running.policy)
    assert until(lambda: running.proxy.chat("sk-told", {}).status == 200)
    told = len(running.rows("sk-told", 2))
    total = running.folder.state_file

    def counted() -> tuple[int] | None:
        with closing(sqlite3.connect(total)) as state:
            found = state.execute(
                "select sum(quantity) from consumption where kind = 'team' and value <> 'told'"
            ).fetchone()
        return found if found == before else None

    assert until(counted) == before, "counted again from the files of usage"
    assert told >= 2


def test_what_a_killed_proxy_wrote_is_landed_by_tieout(running: Running) -> None:
    kill(running.proxy.processes[1])
    from orchestration.gateway.watching import check

    finished = check(running.home, None, running.policy).finished
    assert finished
    result = land_source(Source(id="gateway", kind="ai_usage", location=str(running.folder.usage)), running.home)
    assert result.refusals == []
    month = f"{dt.datetime.now(dt.UTC):%Y-%m}"
    receipt = next(receipt for receipt in result.receipts if receipt.billing_period == month)
    folder = Shelf(running.home, "ai_usage", "gateway").delivery_folder(month, receipt.delivery_id)
    landed = duckdb.sql(
        f"select model, sum(input_tokens::bigint) from '{folder}/*/*.parquet' where workflow is distinct from 'agent' "
        "group by all order by all"
    ).fetchall()
    written = duckdb.sql(
        f"select model, sum(input_tokens::bigint) from read_csv('{running.folder.usage}/usage-{month}-*.csv') "
        "where workflow is distinct from 'agent' group by all order by all"
    ).fetchall()
    assert landed == written
    assert sum(tokens for _, tokens in landed) > 0


def test_nothing_that_was_asked_and_no_key_is_written_anywhere(running: Running) -> None:
    running.proxy.processes[0].poll()
    found = b"".join(path.read_bytes() for path in running.folder.root.rglob("*") if path.is_file())
    assert RECIPE.encode() not in found
    assert b"sk-" not in found
    assert any(hashlib.sha256(key.encode()).hexdigest().encode() in found for key in KEYS)

"""Beside the gateway: what is published to it, who is told of what, once, and what the commands say."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.defs.gateway import gateway_job, gateway_schedule
from orchestration.errors import ConfigurationError
from orchestration.estate import load_estate
from orchestration.gateway.calls import Caller
from orchestration.gateway.publishing import publish_rules
from orchestration.gateway.rules import read_rules
from orchestration.gateway.watching import check, open_state, published_rules, release
from orchestration.home import Home
from orchestration.notices.settings import Notifications
from orchestration.policy import Policy
from orchestration.runs.workspace import Workspace
from orchestration.warehouse.connection import connect, warehouse_lock
from tests.python.gateway.conftest import ALWAYS, BUDGETS, GATEWAY, write_policy_files
from tests.python.servers import Receiver, receiving

NOW = dt.datetime(2026, 5, 20, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def told_by(receiver: Receiver) -> Notifications:
    return Notifications.model_validate({"webhook": {"url": receiver.url}, "finance": ["cfo@example.com"]})


@pytest.fixture
def published(tmp_path: Path) -> tuple[Home, Policy]:
    home, policy = Home(tmp_path / "home"), write_policy_files(tmp_path / "policy")
    publish_rules(home, policy, None, NOW)
    return home, policy


def use(home: Home, caller: Caller, tokens: int) -> None:
    state = open_state(home, published_rules(home), lambda: NOW)
    state.settle("c", caller, published_rules(home).on(NOW.date()), {"tokens": tokens, "requests": 1})
    state.close()


def test_what_is_published_is_in_force_and_small(published: tuple[Home, Policy]) -> None:
    home, policy = published
    rules = read_rules(home.gateway / "rules.json")
    assert rules.policy_revision == policy.revision
    today = rules.on(NOW.date())
    assert set(today.by_identifier) == {("cost_centre", name) for name in ("cc-1", "shop", "cc-2", "bank")}
    assert today.by_identifier["cost_centre", "cc-1"].product == "shop"
    assert [budget.amount for budget in today.budgets] == [20000, 100, 2000]
    assert (home.gateway / "usage").is_dir(), "a source can be pointed at it before the first call"


def test_consumers_prices_and_names_of_models_are_published(tmp_path: Path) -> None:
    policy = write_policy_files(
        tmp_path / "policy",
        ai_consumers="kind,value,provider,domain_id,pool_id,rationale,owner,approved_by,valid_from,valid_to\n"
        f"team,Search,,shop,,theirs,ann,cfo,{ALWAYS}\n",
        ai_token_prices="provider,model,token_class,price_per_million,batch_factor,currency,source,approved_by,"
        f"valid_from,valid_to\nOpenAI,GPT-4o-mini,input,0.15,,USD,list,cfo,{ALWAYS}\n"
        f"openai,gpt-4o-mini,output,0.6,,USD,list,cfo,{ALWAYS}\n",
    )
    today = publish_rules(Home(tmp_path / "home"), policy, None, NOW).on(NOW.date())
    assert ("team", "search") in today.by_identifier
    prices = today.prices_of("openai", "gpt-4o-mini-2024-07-18", "USD")
    assert prices == {"input": Decimal("0.15"), "output": Decimal("0.6")}, "snapshots are priced as their model"


def test_nothing_is_published_without_a_row_that_says_how_the_gateway_behaves(tmp_path: Path) -> None:
    policy = write_policy_files(tmp_path / "policy", ai_gateway=GATEWAY.format(fails="open").splitlines()[0] + "\n")
    with pytest.raises(ConfigurationError, match=r"ai_gateway.csv: found no row in force on 2026-05-20"):
        publish_rules(Home(tmp_path / "home"), policy, None, NOW)
    with pytest.raises(ConfigurationError, match="Run `tieout gateway publish`"):
        check(Home(tmp_path / "home"), None, policy)


def test_owners_and_finance_are_told_of_each_share_once_with_a_receipt(published, receiver) -> None:
    (home, policy), channel = published, told_by(receiver)
    use(home, Caller(team="Search"), 14_500)
    first = check(home, channel, policy, clock=lambda: NOW)
    assert [(note["reader"], note["subject"]) for note in receiver.notices] == [
        ("ann@example.com", "AI budget search: 70 % used"),
        ("cfo@example.com", "AI budget search: 70 % used"),
    ]
    assert not first.is_held
    assert len(list((home.notices / "alerts").iterdir())) == 2
    assert check(home, channel, policy, clock=lambda: NOW).sent == ()
    use(home, Caller(team="search"), 5_500)
    second = check(home, channel, policy, clock=lambda: NOW)
    assert [note["percent"] for note in receiver.notices[2:]] == [85, 85, 100, 100]
    assert "The gateway refuses further calls." in receiver.notices[-1]["markdown"]
    assert second.is_held
    assert len({note["notice"] for note in receiver.notices}) == 6


def test_what_happened_between_two_checks_is_told_even_if_its_day_or_decision_is_over(published, receiver) -> None:
    (home, policy), channel = published, told_by(receiver)
    use(home, Caller(team="told"), 75)
    use(home, Caller(workflow="agent"), 600)
    tomorrow = NOW + dt.timedelta(days=1)
    checked = check(home, channel, policy, clock=lambda: tomorrow)
    assert (checked.is_held, checked.decisions) == (False, [])
    assert {note["subject"] for note in receiver.notices} == {
        "AI budget told: 70 % used",
        "AI limit loops: workflow agent is suspended",
    }
    assert "It has ended." in receiver.notices[-1]["markdown"]
    assert check(home, channel, policy, clock=lambda: tomorrow).sent == ()
    late = Home(home.root.with_name("late"))
    publish_rules(late, policy, None, NOW)
    use(late, Caller(team="told"), 75)
    assert check(late, channel, policy, clock=lambda: NOW + dt.timedelta(days=3)).sent == (), "days later it is no news"


def test_a_receiver_that_fails_is_told_and_gets_the_same_notice_again(published, receiver) -> None:
    (home, policy), channel = published, told_by(receiver)
    use(home, Caller(team="told"), 75)
    receiver.answers.append(503)
    with pytest.raises(ConfigurationError, match="1 of 2 alerts were not accepted"):
        check(home, channel, policy, clock=lambda: NOW)
    assert [receipt.reader for receipt in check(home, channel, policy, clock=lambda: NOW).sent] == ["bob@example.com"]
    assert [note["notice"] for note in receiver.notices[:1]] == [note["notice"] for note in receiver.notices[2:]]


def test_a_held_consumer_is_told_and_its_release_is_logged(published, receiver) -> None:
    (home, policy), channel = published, told_by(receiver)
    use(home, Caller(workflow="agent"), 600)
    checked = check(home, channel, policy, clock=lambda: NOW)
    assert checked.is_held
    assert receiver.notices[0]["subject"] == "AI limit loops: workflow agent is suspended"
    assert "none: new" in receiver.notices[0]["markdown"]
    [event] = release(home, "workflow", "agent", by="ann", reason="fixed", clock=lambda: NOW)
    assert event["event"] == "released"
    logged = "".join(path.read_text() for path in (home.gateway / "events").iterdir())
    assert ",released,workflow,agent,loops," in logged
    with pytest.raises(ConfigurationError, match="there is none"):
        release(home, "workflow", "agent", by="ann", reason="fixed", clock=lambda: NOW)


PRICES = (
    "provider,model,token_class,price_per_million,batch_factor,currency,source,approved_by,valid_from,valid_to\n"
    f"openai,gpt-5,input,2,0.5,USD,list,cfo,{ALWAYS}\nopenai,gpt-5,output,10,,USD,list,cfo,{ALWAYS}\n"
)
MONEY = f"spent,team,search,money,USD,100,month,refuse,agreed,ann@example.com,cfo,{ALWAYS}\n"


def test_what_other_sources_have_counts_in_tokens_and_money_unless_a_run_has_the_warehouse(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    policy = write_policy_files(tmp_path / "policy", ai_budgets=BUDGETS + MONEY, ai_token_prices=PRICES)
    (tmp_path / "estate.yml").write_text(
        "reporting_currency: USD\nsources:\n"
        f"  - {{id: gateway, kind: ai_usage, location: {home.gateway / 'usage'}}}\n"
        f"  - {{id: other, kind: ai_usage, location: {tmp_path}}}\n"
    )
    told = load_estate(tmp_path / "estate.yml")
    assert publish_rules(home, policy, told, NOW).elsewhere == ()
    with connect(home) as warehouse:
        warehouse.execute("create schema allocation")
        warehouse.execute(
            """
            create table allocation.int_ai_usage as
            select
                source_id, '2026-05' as billing_period, date '2026-05-19' as usage_date, ' Search' as team,
                'unheard of' as workflow, null::varchar as product, 'openai' as provider, model, is_batch,
                10::decimal(38, 12) as input_tokens, null::decimal(38, 12) as cached_tokens,
                null::decimal(38, 12) as cache_write_tokens, 5::decimal(38, 12) as output_tokens,
                null::decimal(38, 12) as reasoning_tokens
            from (
                values ('gateway', 'gpt-5', false), ('other', 'gpt-5-2025-08-07', false), ('other', 'gpt-5', true),
                ('other', 'gpt-new', null)
            ) as rows (source_id, model, is_batch)
            """
        )
    # 10 × 2 + 5 × 10 = 70 of a million, and in a batch 10 × 1 + 5 × 10 = 60; the model without a price is told apart
    elsewhere = (
        ("team", "search", "money:USD", "2026-05-19", 130_000),
        ("team", "search", "tokens", "2026-05-19", 45),
        ("team", "search", "unpriced:USD", "2026-05-19", 15),
    )
    rules = publish_rules(home, policy, told, NOW)
    assert rules.elsewhere == elsewhere
    state = open_state(home, rules, lambda: NOW)
    try:
        standings = {row.budget.budget_id: row for row in state.standings(rules.on(NOW.date()))}
    finally:
        state.close()
    assert (standings["spent"].consumed, standings["spent"].unpriced) == (130_000, 15)
    assert (standings["search"].consumed, standings["search"].unpriced) == (45, 0)
    with connect(home) as warehouse:
        warehouse.execute("drop table allocation.int_ai_usage")
    with warehouse_lock(home):
        assert publish_rules(home, policy, told, NOW).elsewhere == elsewhere, "what was published before"
    assert publish_rules(home, policy, told, NOW).elsewhere == ()


def estate(folder: Path) -> Path:
    spent = f"spent,team,spent,money,USD,100,month,notify,agreed,ann@example.com,cfo,{ALWAYS}\n"
    write_policy_files(folder / "policy", ai_budgets=BUDGETS + spent)
    (folder / "usage").mkdir()
    (folder / "estate.yml").write_text(
        "reporting_currency: USD\npolicy: ./policy\nsources:\n  - {id: gateway, kind: ai_usage, location: ./usage}\n"
    )
    return folder / "estate.yml"


def test_the_commands_publish_show_and_check(tmp_path: Path) -> None:
    places = ["--estate", str(estate(tmp_path)), "--home", str(tmp_path / "home")]
    runner = CliRunner()
    before = runner.invoke(app, ["gateway", "status", *places[2:]])
    assert before.exit_code == 2
    assert "Run `tieout gateway publish`" in before.stderr
    published = runner.invoke(app, ["gateway", "publish", *places, "--json"])
    assert published.exit_code == 0, published.output
    assert json.loads(published.stdout)["budgets"] == 4
    home = Home(tmp_path / "home")
    today = published_rules(home).on(dt.datetime.now(dt.UTC).date())
    state = open_state(home, published_rules(home), lambda: dt.datetime.now(dt.UTC))
    state.settle("c", Caller(team="told"), today, {"tokens": 150})
    state.close()
    state = open_state(home, published_rules(home), lambda: dt.datetime.now(dt.UTC))
    state.settle("d", Caller(team="spent"), today, {"tokens": 7, "unpriced:USD": 7})
    state.close()
    shown = runner.invoke(app, ["gateway", "status", *places[2:]])
    assert "150" in shown.stdout
    assert "spent does not count 7 tokens of models without prices in USD" in " ".join(shown.stdout.split())
    checked = runner.invoke(app, ["gateway", "check", *places, "--json"])
    assert checked.exit_code == 3, checked.output
    assert {row["budget"]["budget_id"]: row["percent"] for row in json.loads(checked.stdout)["budgets"]}["told"] == 150


def test_dagster_publishes_and_checks_when_there_is_a_gateway(tmp_path: Path) -> None:
    workspace = Workspace.of(estate(tmp_path), tmp_path / "home")
    job = gateway_job(workspace)
    assert job.execute_in_process().success
    assert published_rules(workspace.home).budgets
    schedule = gateway_schedule(workspace, job)
    at = dg.build_schedule_context(scheduled_execution_time=dt.datetime(2026, 5, 20, 12, 5, tzinfo=dt.UTC))
    assert isinstance(schedule(at), dg.RunRequest)
    (tmp_path / "policy" / "ai_gateway.csv").unlink()
    assert isinstance(schedule(at), dg.SkipReason)

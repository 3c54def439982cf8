"""One proxy with two workers for all tests, and the policy that it enforces."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from orchestration.gateway.folder import GatewayFolder
from orchestration.gateway.publishing import publish_rules
from orchestration.gateway.rotating_log import USAGE_COLUMNS
from orchestration.gateway.rules import Budget, Price
from orchestration.home import Home
from orchestration.landing.receipts import replace_text
from orchestration.policy import Policy, load_policy
from tests.python.gateway.provider import Provider, provider
from tests.python.gateway.proxy import Proxy, proxy
from tests.python.servers import SECONDS

ALWAYS = "2026-01-01,9999-12-31"
DOMAINS = f"""\
domain_id,business_unit,cost_centre,product,environment,owner,chargeback_mode,valid_from,valid_to
shop,Retail,CC-1,shop,prod,ann@example.com,showback,{ALWAYS}
bank,Finance,CC-2,bank,prod,bob@example.com,chargeback,{ALWAYS}
gone,Finance,CC-9,gone,prod,bob@example.com,chargeback,2020-01-01,2020-02-01
"""
GATEWAY = f"""\
when_state_unreadable,output_tokens,attachment_tokens,hold_minutes,rationale,owner,approved_by,valid_from,valid_to
{{fails}},200,1000,10,safe,ann,cfo,{ALWAYS}
"""
BUDGETS = f"""\
budget_id,kind,value,unit,currency,amount,period,at_cap,rationale,owner,approved_by,valid_from,valid_to
search,team,search,tokens,,20000,month,refuse,agreed,ann@example.com,cfo,{ALWAYS}
told,team,told,tokens,,100,day,notify,agreed,bob@example.com,cfo,{ALWAYS}
summaries,workflow,summaries,tokens,,2000,day,refuse,agreed,ann@example.com,cfo,{ALWAYS}
"""
INTERFACES = (
    "chat",
    "chat-stream",
    "messages",
    "messages-stream",
    "messages-translated",
    "messages-translated-stream",
    "responses",
    "responses-stream",
    "embeddings",
)
"""Ways to call a model; each has a key, and a workflow with a budget, of its own."""
BUDGETS_OF_INTERFACES = BUDGETS + "".join(
    f"of-{name},workflow,via-{name},tokens,,1500,month,refuse,agreed,ann@example.com,cfo,{ALWAYS}\n"
    for name in INTERFACES
)
LIMITS = f"""\
limit_id,kind,value,unit,window_minutes,factor,baseline_days,minimum,new_consumer_allowance,action,\
throttle_per_minute,expires_after_minutes,rationale,owner,approved_by,valid_from,valid_to
loops,workflow,agent,tokens,60,10,14,1000,500,suspend,,60,loops,ann@example.com,cfo,{ALWAYS}
new,workflow,fresh,tokens,60,10,14,1000,500,throttle,2,60,loops,ann@example.com,cfo,{ALWAYS}
"""
KEYS: dict[str, dict[str, Any]] = {
    "sk-shop": {"metadata": {"cost_centre": "CC-1"}, "team_id": "t-1", "team_alias": "Storefront"},
    "sk-open": {},
    "sk-free": {},
    "sk-gone": {"metadata": {"cost_centre": "CC-9"}},
    "sk-search": {"metadata": {"cost_center": "shop"}, "team_id": "t-2", "team_alias": "Search"},
    "sk-told": {"metadata": {"cost_centre": "CC-2"}, "team_id": "told"},
    "sk-agent": {"metadata": {"cost_centre": "CC-2", "workflow": "agent"}},
    "sk-fresh": {"metadata": {"cost_centre": "CC-2", "workflow": "fresh"}},
    "sk-team": {"team_id": "t-3", "team_metadata": {"cost_centre": "bank"}},
    "sk-passed": {"metadata": {"cost_centre": "CC-2", "workflow": "passed"}},
    **{f"sk-{name}": {"metadata": {"cost_centre": "CC-1", "workflow": f"via-{name}"}} for name in INTERFACES},
}
"""The keys of the tests, as LiteLLM's database would know them."""


def write_policy_files(folder: Path, **files: str) -> Policy:
    folder.mkdir(parents=True, exist_ok=True)
    base = {
        "cost_domains": DOMAINS,
        "ai_gateway": GATEWAY.format(fails="closed"),
        "ai_budgets": BUDGETS,
        "ai_limits": LIMITS,
    }
    for table, text in {**base, **files}.items():
        (folder / f"{table}.csv").write_text(text)
    return load_policy(folder)


def publish(home: Home, policy: Policy) -> None:
    """Publish a policy, with prices and a budget in money of the workflow `paid`."""
    dates = {"valid_from": "2026-01-01", "valid_to": "9999-12-31"}
    rules = publish_rules(home, policy, None, dt.datetime.now(dt.UTC))
    prices = tuple(
        Price(
            provider="openai",
            model="gpt-4o-mini",
            token_class=kind,
            price_per_million=price,
            currency="USD",
            **dates,
        )
        for kind, price in (("input", "1000"), ("output", "2000"))
    )
    paid = Budget(
        budget_id="paid",
        kind="workflow",
        value="paid",
        unit="money:USD",
        amount=1_000_000_000,
        period="month",
        has_cap=True,
        **dates,
    )
    priced = replace(rules, prices=prices, budgets=(*rules.budgets, paid))
    replace_text(GatewayFolder(home.gateway).rules_file, priced.text())


def usage_file(folder: GatewayFolder, name: str, rows: list[dict[str, object]]) -> None:
    """Write a finished file of usage, as an earlier gateway would have left it."""
    folder.make()
    with (folder.usage / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, USAGE_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def usage_rows(folder: GatewayFolder) -> list[dict[str, str]]:
    """Return the rows of every file of usage, open ones included."""
    found: list[dict[str, str]] = []
    for path in sorted([*folder.usage.glob("usage-*.csv"), *folder.open.glob("usage-*.csv")]):
        with path.open(newline="") as file:
            found += list(csv.DictReader(file))
    return found


@dataclass(frozen=True)
class Running:
    """A proxy, its provider, its home and the policy in force."""

    proxy: Proxy
    provider: Provider
    home: Home
    folder: GatewayFolder
    policy: Policy

    def rows(self, request_key: str, count: int) -> list[dict[str, str]]:
        """Return the usage rows of a key, once there are so many: they are written after the answer."""
        until(lambda: len(self.written(request_key)) >= count)
        return self.written(request_key)

    def written(self, request_key: str) -> list[dict[str, str]]:
        """Return the usage rows of a key that are written by now."""
        key_id = hashlib.sha256(request_key.encode()).hexdigest()
        return [row for row in usage_rows(self.folder) if row["key_id"] == key_id]


def until(found: Callable[[], Any], seconds: float = 2 * SECONDS) -> Any:
    """Return what is found, as soon as it is something."""
    deadline = time.monotonic() + seconds
    while not (result := found()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return result


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A proxy of two workers, with a fortnight's usage of the workflow `agent`: 100 tokens an hour of each day."""
    folder = tmp_path_factory.mktemp("gateway")
    home = Home(folder / "home")
    place = GatewayFolder(home.gateway)
    policy = write_policy_files(folder / "policy", ai_budgets=BUDGETS_OF_INTERFACES)
    now = dt.datetime.now(dt.UTC)
    days = [now.replace(hour=9, minute=0, second=0, microsecond=0) - dt.timedelta(days=days) for days in range(1, 8)]
    usage_file(
        place,
        "usage-2026-01-part000001.csv",
        [
            {
                "time": f"{day + dt.timedelta(hours=hour):%Y-%m-%dT%H:%M:%S}.000000Z",
                "provider": "openai",
                "model": "gpt-4o-mini",
                "workflow": "agent",
                "cost_centre": "CC-2",
                "input_tokens": 80,
                "output_tokens": 20,
                **dict.fromkeys(("cached_tokens", "cache_write_tokens", "reasoning_tokens"), 0),
                "requests": 1,
                "status": "success",
            }
            for day in days
            for hour in range(4)
        ],
    )
    publish(home, policy)
    with provider() as served, proxy(folder / "proxy", place.root, served.address, KEYS, workers=2) as started:
        yield Running(started, served, home, place, policy)

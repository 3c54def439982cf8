"""Models and gateways: bills, logs and truth agree, read by nothing but csv, json, pyarrow and Decimal."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq

from tests.python.sample.conftest import Estate

Key = tuple[str, str, date]
ROADS = {"openai": "openai", "anthropic": "anthropic", "azure": "azure"}
MODELS = {
    "gpt-5": "gpt-5", "gpt-5-mini-2025-08-07": "gpt-5-mini", "claude-sonnet-4-6": "claude-sonnet-4.6",
    "gpt-4.1": "gpt-4.1", "gpt-4.1-reserved": "provisioned managed global", "gemini-2.5-flash": "gemini-2.5-flash",
    "eu.amazon.nova-pro-v1:0": "nova-pro",
}  # fmt: skip


def truth(estate: Estate) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(estate.root / "truth" / "ai_costs.parquet").to_pylist()
    return rows


def calls(estate: Estate) -> Iterator[dict[str, str]]:
    for path in sorted((estate.root / "feeds" / "litellm").iterdir()):
        with gzip.open(path, "rt", newline="") as file:
            yield from csv.DictReader(file)


def test_what_models_cost_is_what_is_billed(estate: Estate) -> None:
    borne: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for row in truth(estate):
        source = {"aws": "aws-main", "azure": "azure-main", "gcp": "gcp-main"}.get(row["provider"], row["provider"])
        borne[source, row["charge_date"]] += row["effective_cost"]
    billed: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for charge in estate.charges:
        if charge["pool_id"] == "ai-gateway":
            billed[charge["source_id"], charge["charge_date"]] += charge["effective_cost"]
    assert borne.keys() == billed.keys()
    assert all(abs(cost - billed[key]) < Decimal("1e-10") for key, cost in borne.items())


def test_callers_and_what_nobody_saw_make_up_the_bill(estate: Estate) -> None:
    parts: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in truth(estate):
        parts[row["model"]][row["key_id"] if row["key_id"].startswith("__") else "consumer"] += row["effective_cost"]
    for model, costs in parts.items():
        coverage = costs["consumer"] / sum(costs.values())
        if model == "provisioned managed global":
            assert Decimal("0.1") < coverage < Decimal("0.5")
            assert costs.keys() == {"consumer", "__idle__"}
        elif model == "nova-pro":
            assert coverage == 1
        else:
            assert Decimal("0.85") < coverage < 1
            assert costs.keys() == {"consumer", "__not_seen_by_gateway__"}
    assert "unallocated" in {row["domain_id"] for row in truth(estate) if row["requests"]}


def test_the_log_holds_what_callers_pay_for(estate: Estate) -> None:
    prices = {
        (row["provider"], row["model"], row["token_class"]): Decimal(row["price_per_million"]) / 1_000_000
        for row in estate.policy("ai_token_prices")
    }
    logged: dict[Key, Decimal] = defaultdict(Decimal)
    seen, again, outcomes = set(), 0, set()
    for row in calls(estate):
        if row["request_id"] in seen:
            again += 1
            continue
        seen.add(row["request_id"])
        outcomes.add((row["status"], row["cache_hit"]))
        assert int(row["prompt_tokens"]) + int(row["completion_tokens"]) == int(row["total_tokens"])
        if row["status"] == "failure" or row["cache_hit"] == "True":
            continue
        told = json.loads(row["metadata"])["usage_object"]
        cached = told["prompt_tokens_details"]["cached_tokens"]
        written = told.get("cache_creation_input_tokens", 0)
        thought = told["completion_tokens_details"]["reasoning_tokens"]
        tokens = {
            "input": int(row["prompt_tokens"]) - cached - written, "cached": cached, "cache_write": written,
            "output": int(row["completion_tokens"]) - thought, "reasoning": thought,
        }  # fmt: skip
        provider, model = ROADS[row["custom_llm_provider"]], MODELS[row["model"]]
        key = (provider, model, date.fromisoformat(row["startTime"][:10]))
        spent = sum(prices[provider, model, kind] * count for kind, count in tokens.items() if count)
        assert spent == Decimal(row["spend"])
        logged[key] += spent
    paid: dict[Key, Decimal] = defaultdict(Decimal)
    for entry in truth(estate):
        if entry["requests"] and entry["provider"] in ROADS and entry["model"] != MODELS["gpt-4.1-reserved"]:
            paid[entry["provider"], entry["model"], entry["charge_date"]] += entry["effective_cost"]
    assert logged == paid
    assert again > 0
    assert outcomes == {("success", "None"), ("success", "True"), ("failure", "None")}


def test_the_totals_hold_tokens_of_every_kind_and_batches(estate: Estate) -> None:
    tokens: dict[tuple[str, str], int] = defaultdict(int)
    batches = set()
    for path in sorted((estate.root / "feeds" / "ai_usage").iterdir()):
        for row in pq.read_table(path).to_pylist():
            batches.add((row["provider"], row["batch"]))
            for kind in ("input", "cached", "cache_write", "output", "reasoning"):
                tokens[row["provider"], MODELS[row["model"]]] += int(row[f"{kind}_tokens"] or 0)
    known: dict[tuple[str, str], int] = defaultdict(int)
    for row in truth(estate):
        if (row["provider"], row["model"]) in tokens:
            known[row["provider"], row["model"]] += row["tokens"]
    assert tokens == known
    assert batches == {("aws", "true"), ("aws", "false"), ("azure", "false"), ("gcp", "false")}


def test_every_way_to_know_a_caller_is_there(estate: Estate) -> None:
    kinds = {row["kind"] for row in estate.policy("ai_consumers")}
    assert kinds == {"key", "workflow", "use_case", "product", "team", "not_seen_by_gateway"}
    own = {json.loads(row["metadata"]).get("spend_logs_metadata", {}).get("cost_centre") for row in calls(estate)}
    assert own == {None, "cc-4030.general"}

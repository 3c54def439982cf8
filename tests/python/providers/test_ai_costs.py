"""OpenAI's and Anthropic's daily costs: pulls that overlap, amounts as text, days that become empty."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.estate import Source
from orchestration.home import Home
from orchestration.landing import LandingResult, land_source
from orchestration.landing.kinds import anthropic_costs, openai_costs
from tests.python.providers.conftest import Built

DAY = {"start_time": 1777593600, "end_time": 1777680000}


def pull(folder: Path, name: str, content: Any) -> None:
    folder.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text)


def land(folder: Path, kind: str = "openai_costs") -> LandingResult:
    return land_source(Source(id="ai", kind=kind, location=str(folder)), Home.of(folder.parent / "home"))


def bucket(amount: str, day: int = 0, **members: Any) -> dict[str, Any]:
    result = {"amount": {"value": amount, "currency": "usd"}, **members}
    return {key: value + day * 86400 for key, value in DAY.items()} | {"results": [result]}


def billed(result: LandingResult) -> dict[str, Decimal | None]:
    assert result.refusals == []
    return {receipt.billing_period: receipt.billed_cost for receipt in result.receipts}


def test_of_each_day_the_newest_pull_counts(tmp_path: Path) -> None:
    pull(tmp_path / "in", "costs-20260502.json", [bucket("1"), bucket("2", day=1)])
    assert billed(land(tmp_path / "in")) == {"2026-05": 3}

    pull(tmp_path / "in", "costs-20260503.json", [bucket("20", day=1), bucket("40", day=2)])
    assert billed(land(tmp_path / "in")) == {"2026-05": 61}

    pull(tmp_path / "in", "costs-20260504.json", [{**DAY, "results": []}])
    assert billed(land(tmp_path / "in")) == {"2026-05": 60}

    assert sorted(file.name for file in (tmp_path / "in").iterdir()) == [
        "costs-20260502.json",
        "costs-20260503.json",
        "costs-20260504.json",
    ]
    again = land(tmp_path / "in")
    assert (again.receipts, len(again.unchanged)) == ([], 1)


def test_days_that_only_an_older_pull_has_keep_their_rows_and_their_place_in_its_file(built: Built) -> None:
    found = built.charges("openai_costs", "x_source_file, x_source_row, cast(BilledCost as varchar)")

    assert sorted(found) == [
        ("costs-20260503T060000Z.json", 1, "3.750000000000"),
        ("costs-20260503T060000Z.json", 2, "0.123456789012"),
        ("costs-20260602T060000Z.json", 1, "0.000000700000"),
        ("costs-20260602T060000Z.json", 2, "-2.500000000000"),
        ("costs-20260602T060000Z.json", 4, "4.000000000000"),
    ]


def test_a_number_keeps_the_digits_it_was_written_with() -> None:
    result = '{"amount": {"value": 0.30000000000000004441}}'
    content = f'[{{"start_time": 1777593600, "end_time": 1777680000, "results": [{result}]}}]'.encode()

    (row,) = openai_costs.to_rows("costs.json", content).values

    assert row["amount_value"] == "0.30000000000000004441"


@pytest.mark.parametrize(
    ("hundredths", "units"),
    [("1234.5", "12.345"), ("-7", "-0.07"), ("0.000000000001", "1E-14"), ("1,234.50", "1,234.50"), ("NaN", "NaN")],
)
def test_an_amount_in_hundredths_becomes_units_exactly(hundredths: str, units: str) -> None:
    bucket = {"starting_at": "2026-05-01T00:00:00Z", "ending_at": "2026-05-02T00:00:00Z"}
    content = json.dumps([{**bucket, "results": [{"amount": hundredths, "currency": "USD"}]}]).encode()

    (row,) = anthropic_costs.to_rows("report.json", content).values

    assert (row["amount"], row["cost"]) == (hundredths, units)


def test_what_a_report_has_beside_the_known_columns_travels_along(built: Built) -> None:
    ((columns,),) = built.charges("anthropic_costs", "x_provider_columns", "ChargeDescription = 'Code execution'")

    assert json.loads(columns) == {"amount": "1e-5", "list_amount": "2e-5"}


@pytest.mark.parametrize(
    ("content", "where", "found"),
    [
        ({"data": [bucket("1")], "has_more": True}, "costs.json: has_more", "true on the last page"),
        ([{**DAY, "results": [{"line_item": "x"}]}], "costs.json: bucket 1, result 1: amount", "no amount"),
        ([{**DAY, "results": None}], "costs.json: bucket 1: results", "nothing"),
        ([{"start_time": "May", "end_time": 1, "results": []}], "costs.json: bucket 1: start_time", "'May'"),
        ([bucket("+1.5")], "costs.json, row 1: amount_value", "'+1.5'"),
        ([bucket("NaN")], "costs.json, row 1: amount_value", "'NaN'"),
        ('[{"start_time": 1777593600,', "costs.json:1", "text that is not JSON"),
        ("[1]", "costs.json", "a JSON number"),
    ],
)
def test_a_pull_that_cannot_be_trusted_is_refused(tmp_path: Path, content: Any, where: str, found: str) -> None:
    pull(tmp_path / "in", "costs.json", content)

    result = land(tmp_path / "in")

    assert result.receipts == []
    (refusal,) = result.refusals
    assert refusal.where == f"ai: {where}"
    assert refusal.found.startswith(found)
    assert refusal.cure


def test_usage_reports_beside_the_costs_are_passed_over(tmp_path: Path) -> None:
    usage = {"object": "organization.usage.completions.result", "input_tokens": 5}
    pull(tmp_path / "in", "costs-20260502.json", [bucket("1")])
    pull(tmp_path / "in", "usage-20260502.json", [{**DAY, "results": [usage]}])

    assert billed(land(tmp_path / "in")) == {"2026-05": 1}


def test_two_pulls_of_one_project_under_different_names_are_refused(tmp_path: Path) -> None:
    pull(tmp_path / "in", "costs-shop.json", [bucket("1", project_id="shop")])
    pull(tmp_path / "in", "costs-docs.json", [bucket("2", project_id="docs")])
    assert sorted(receipt.billed_cost or 0 for receipt in land(tmp_path / "in").receipts) == [1, 2]

    pull(tmp_path / "in", "costs-again.json", [bucket("4", project_id="docs")])
    (refusal,) = land(tmp_path / "in").refusals
    assert "billing account docs" in refusal.found

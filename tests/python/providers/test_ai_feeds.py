"""Usage of AI models and GPUs as it is landed: what counts, what is refused, what is left out, what counts once."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.estate import Estate, Source
from orchestration.home import Home
from orchestration.landing import LandingResult, in_force, land_source, register
from tests.python.providers.conftest import FIXTURES, Built

LOG = FIXTURES / "usage" / "litellm" / "spend-logs-20260506.jsonl"


class Place:
    """A source of one kind, and what it lands."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.folder, self.home = folder / "feed", Home.of(folder / "home")
        self.folder.mkdir()
        self.source = Source(id="feed", kind=kind, location=str(self.folder))

    def land(self, **files: str) -> LandingResult:
        for name, content in files.items():
            (self.folder / name.replace("__", ".")).write_text(content)
        return land_source(self.source, self.home)

    def rows(self, columns: str) -> list[tuple[object, ...]]:
        estate = Estate(path=self.folder / "estate.yml", reporting_currency="USD", sources=(self.source,))
        with duckdb.connect() as connection:
            register(connection, self.home, estate)
            return connection.execute(f"select {columns} from landing.{self.source.kind} order by all").fetchall()


@pytest.mark.parametrize("by", ["user_id", "team_id", "tag"])
def test_daily_totals_of_litellm_are_refused_with_the_reason(tmp_path: Path, by: str) -> None:
    header = f"id,{by},date,api_key,model,custom_llm_provider,prompt_tokens,completion_tokens,spend,api_requests"

    result = Place("litellm_spend_logs", tmp_path).land(daily__csv=f"{header}\n1,a,2026-05-04,k,gpt-5,openai,1,1,0,1\n")

    assert result.receipts == []
    assert "overlapping views of the same calls" in str(result.refusals[0])


def test_what_was_asked_and_answered_is_never_landed(tmp_path: Path) -> None:
    place = Place("litellm_spend_logs", tmp_path)

    (receipt,) = place.land(log__jsonl=LOG.read_text()).receipts

    assert "secret" in LOG.read_text()
    assert receipt.drift.undeclared == ()
    landed = "".join(str(row) for row in place.rows("*"))
    assert "chatcmpl-1" in landed
    assert "secret" not in landed


def test_files_of_a_log_add_up_and_a_month_is_known_by_its_hours(tmp_path: Path) -> None:
    place = Place("litellm_spend_logs", tmp_path)
    call = json.loads(LOG.read_text().splitlines()[0])
    calls = [
        {**call, "request_id": f"r-{number}", "startTime": f"2026-05-04T09:{number:02}:00.5Z"} for number in range(60)
    ]
    place.land(log__jsonl="".join(json.dumps(call) + "\n" for call in calls))

    contents = json.loads(next(place.home.landing.rglob("contents.json")).read_text())
    assert "2026-05-04 09:00:00" in json.dumps(contents)
    assert "09:59" not in json.dumps(contents)

    (receipt,) = place.land(newer__jsonl=json.dumps(calls[0]) + "\n").receipts
    assert receipt.row_count == 61


def test_of_each_hour_of_telemetry_the_newest_file_counts(tmp_path: Path) -> None:
    place = Place("gpu_telemetry", tmp_path)
    header = "time,instance_id,uuid,DCGM_FI_DEV_GPU_UTIL"

    place.land(
        **{
            "dcgm-20260504__csv": f"{header}\n2026-05-04T22:00:00Z,i-1,g,10\n2026-05-04T23:00:00Z,i-1,g,20\n",
            "dcgm-20260505__csv": f"{header}\n2026-05-04T23:30:00Z,i-1,g,30\n2026-05-05T00:00:00Z,i-1,g,40\n",
        }
    )

    assert place.rows("time, resource, gpu, utilisation_percent") == [
        ("2026-05-04T22:00:00Z", "i-1", "g", "10"),
        ("2026-05-04T23:30:00Z", "i-1", "g", "30"),
        ("2026-05-05T00:00:00Z", "i-1", "g", "40"),
    ]


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("utilisation", "80", "row 1: utilisation: found 80; expected a number of at most 1"),
        ("DCGM_FI_DEV_GPU_UTIL", "101", "utilisation_percent: found 101"),
        ("power_watts", "300", "says whether a GPU was busy"),
    ],
)
def test_telemetry_in_another_unit_or_without_a_measure_is_refused(
    tmp_path: Path, column: str, value: str, told: str
) -> None:
    result = Place("gpu_telemetry", tmp_path).land(
        t__csv=f"time,resource,gpu,{column}\n2026-05-04T22:00:00Z,i-1,g,{value}\n"
    )

    assert result.receipts == []
    assert told in str(result.refusals[0])


def test_calls_count_once_over_all_feeds_and_vendors_fill_the_days_without_a_gateway(built: Built) -> None:
    usage = built.query(
        "select feed, provider, count(*), sum(input_tokens), sum(cached_tokens), sum(output_tokens), "
        "sum(reasoning_tokens) from allocation.int_ai_usage where billing_period = '2026-05' group by all order by all"
    )

    def row(feed: str, provider: str, *numbers: int | None) -> tuple[object, ...]:
        return (feed, provider, numbers[0], *(None if n is None else Decimal(n) for n in numbers[1:]))

    assert usage == [
        row("ai_usage", "azure", 1, 10000, None, 2000, None),
        row("ai_usage", "databricks", 2, 500, None, 50, None),
        row("ai_usage", "openai", 1, 600, 400, 200, 100),
        row("anthropic_usage", "anthropic", 2, 1699, 300, 91, None),
        row("litellm_spend_logs", "anthropic", 2, 750, 600, 100, None),
        row("litellm_spend_logs", "aws", 1, 200, None, 20, None),
        row("litellm_spend_logs", "gcp", 1, 100, None, 10, 60),
        row("litellm_spend_logs", "openai", 4, 5080, 0, 720, 0),
        row("openai_usage", "openai", 3, 1130, 400, 253, None),
    ]


def test_receipts_of_feeds_hold_no_money(tmp_path: Path) -> None:
    place = Place("ai_usage", tmp_path)
    place.land(u__csv="time,provider,model,input_tokens,output_tokens,spend\n2026-05-04,openai,gpt-5,1,2,99\n")
    estate = Estate(path=tmp_path / "estate.yml", reporting_currency="USD", sources=(place.source,))

    assert [receipt.billed_cost for receipt in in_force(place.home, estate)] == [None]

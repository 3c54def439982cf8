"""Allocations of OpenCost (kind opencost): what replaces what over its three forms, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.estate import Source
from orchestration.home import Home
from orchestration.landing import LandingResult, land_source
from tests.python.landing.conftest import write
from tests.python.providers.kubernetes import allocation

CSV = "Date,Namespace,Pod,Container,CPUCoreUsageAverage,CPUCoreRequestAverage,TotalCost"


def land(folder: Path) -> LandingResult:
    source = Source(id="cost", kind="opencost", location=str(folder / "feed"))
    return land_source(source, Home.of(folder / "home"))


def told(folder: Path) -> str:
    result = land(folder)
    assert result.receipts == []
    return str(result.refusals[0])


def answer(*allocations: dict[str, Any], **others: Any) -> bytes:
    return json.dumps({"code": 200, "data": [{entry["name"]: entry for entry in allocations}]} | others).encode()


def pod(name: str, hour: int, **others: Any) -> dict[str, Any]:
    return allocation(name, hour, cpu=(1, 1), properties={"namespace": "shop", "pod": name}, **others)


def test_a_csv_file_that_grows_lands_again_and_a_day_that_did_not_change_stays(tmp_path: Path) -> None:
    may = f"{CSV}\n2026-05-31,shop,a,web,0.5,NaN,1\n"
    write(tmp_path / "feed", "cluster=prod/opencost.csv", may.encode())
    (before,) = land(tmp_path).receipts
    write(tmp_path / "feed", "cluster=prod/opencost.csv", f"{may}2026-06-01,shop,a,web,0.5,0.5,1\n".encode())
    after = land(tmp_path)

    assert (before.billing_period, before.row_count) == ("2026-05", 1)
    assert [(receipt.billing_period, receipt.row_count) for receipt in after.receipts] == [
        ("2026-05", 1),
        ("2026-06", 1),
    ]


def test_folders_of_days_are_one_scope_and_a_day_exported_again_replaces_itself(tmp_path: Path) -> None:
    for day in (1, 2):
        rows = f"{CSV}\n2026-05-0{day},shop,a,web,0.5,0.5,1\n"
        write(tmp_path / "feed", f"cluster=prod/year=2026/month=5/day={day}/export.csv", rows.encode())
    (receipt,) = land(tmp_path).receipts
    again = f"{CSV}\n2026-05-02,shop,a,web,0.5,0.5,1\n2026-05-02,shop,b,web,0.5,0.5,1\n"
    write(tmp_path / "feed", "cluster=prod/year=2026/month=5/day=2/export.csv", again.encode())
    (restated,) = land(tmp_path).receipts

    assert (receipt.scope, receipt.row_count) == ("cluster=prod/export", 2)
    assert (restated.scope, restated.row_count) == ("cluster=prod/export", 3)


def test_a_csv_export_that_does_not_say_its_cluster_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "feed", "opencost.csv", f"{CSV}\n2026-05-31,shop,a,web,0.5,NaN,1\n".encode())

    said = told(tmp_path)

    assert "opencost.csv: found no key column cluster" in said
    assert "put the file into a folder cluster=<name>" in said


def test_two_forms_of_one_cluster_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "feed", "cluster=prod/opencost.csv", f"{CSV}\n2026-05-01,shop,a,web,0.5,1,1\n".encode())
    write(tmp_path / "feed", "cluster=prod/allocation.json", answer(pod("a", 0)))

    assert "cluster prod of no provider in billing period 2026-05, in each" in told(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>", "allocation.json:1: found text that is not JSON"),
        (b"7", "found a JSON number; expected the API's answer"),
        (json.dumps({"code": 500, "message": "no data"}).encode(), "code: found"),
        (json.dumps({"code": 400, "data": [], "message": "bad window"}).encode(), "code: found 400 (bad window)"),
        (json.dumps({"code": 200, "data": ["a"]}).encode(), "data: found a JSON str; expected objects of allocations"),
        (answer({"name": "a", "window": {}}), "a: properties: found nothing"),
        (answer(pod("a", 0) | {"window": {"start": "now"}}), "a: window.start: found 'now'"),
        (answer(pod("a", 0, minutes="soon")), "row 1: minutes: found 'soon'"),
        (
            answer(pod("a", 0) | {"window": {"start": "2026-05-01T00:00:00Z", "end": "2026-05-08T00:00:00Z"}}),
            "row 1: window_end: found 2026-05-08 00:00:00 after a start at",
        ),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    write(tmp_path / "feed", "allocation.json", content)

    assert said in told(tmp_path)


def test_numbers_keep_their_digits_and_nan_is_no_fault(tmp_path: Path) -> None:
    row = json.dumps(pod("a", 0)).replace('"minutes": 60', '"minutes": 59.99999999999999')
    write(
        tmp_path / "feed",
        "a.json",
        b'{"data": [{"a": ' + row.replace('"totalCost": 0.1', '"totalCost": NaN').encode() + b"}]}",
    )

    (receipt,) = land(tmp_path).receipts

    assert receipt.row_count == 1

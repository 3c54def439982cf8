"""`tieout close` and `tieout replay`, after the story of `test_run.py` over the same home."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .conftest import PERIOD, changed, hashes, tieout


@pytest.fixture(scope="module")
def closed(first, estate: Path, home: Path):
    """The period, run again under the policy as it is now, then closed."""
    assert first.code == 0, first.err
    again = tieout("run", "--estate", estate, home=home)
    assert again.code == 0, again.out + again.err
    return tieout("close", PERIOD, "--estate", estate, "--by", "Ann Finance", "--json", home=home)


def test_only_what_is_published_as_it_stands_can_be_closed(first, estate: Path, home: Path):
    rules = estate.parent / "policy" / "pools.csv"
    with changed(rules, rules.read_bytes().replace(b"Every byte is metered", b"Each byte is metered")):
        refused = tieout("close", PERIOD, "--estate", estate, home=home)
    assert refused.code == 2
    assert "newer inputs" in refused.err
    assert f"tieout run --period {PERIOD}" in refused.err


def test_the_record_names_who_and_every_input(closed, home: Path):
    assert closed.code == 0, closed.err
    record = closed.json()
    assert (record["billing_period"], record["closed_by"]) == (PERIOD, "Ann Finance")
    manifest = json.loads((home / "publications" / PERIOD / "current" / "manifest.json").read_text())
    assert {delivery["delivery_id"] for delivery in manifest["inputs"]["deliveries"]} <= set(record["delivery_ids"])
    assert {name.split("/")[0] for name in record["inputs"]} <= {"policies", "landing", "rule_changes"}
    assert all((home / name).is_file() for name in record["inputs"])


def test_closing_again_changes_nothing(closed, estate: Path, home: Path):
    again = tieout("close", PERIOD, "--estate", estate, "--by", "Somebody else", "--json", home=home)
    assert (again.code, again.json()) == (0, closed.json())


def test_a_run_of_a_closed_period_is_refused_with_the_cure(closed, estate: Path, home: Path):
    refused = tieout("run", "--estate", estate, "--period", PERIOD, home=home)
    assert refused.code == 2
    assert "closed on" in refused.err
    assert f"tieout replay {PERIOD}" in refused.err


def test_a_run_of_all_leaves_it_alone_and_tells_what_came_late(closed, estate: Path, home: Path):
    before = hashes(home / "publications") | hashes(home / "landing" / "driver_usage")
    (feed,) = (estate.parent / "feeds" / "driver_usage").glob("*.csv")
    pools, invoices = estate.parent / "policy" / "pools.csv", estate.parent / "invoices" / "microsoft.csv"
    header, _, documents = invoices.read_bytes().partition(b"\n")
    voided = header + b"\n" + documents.replace(b",issued", b",voided")
    text = feed.read_text(encoding="utf-8").rstrip("\n")
    late = {"date": f"{PERIOD}-03", "driver": "nat-gb", "scope": "us-east-1", "target": "cc-1010.shop.prod"}
    row = ",".join({**late, "quantity": "5"}.get(name, "") for name in text.split("\n", 1)[0].split(","))
    more = f"{text}\n{row}\n"
    with (
        changed(feed, more.encode()),
        changed(pools, pools.read_bytes().replace(b"Every byte is metered", b"Each byte is metered")),
        changed(invoices, voided),
    ):
        left = tieout("run", "--estate", estate, "--json", home=home)
        status = tieout("status", "--estate", estate, "--json", home=home).json()["periods"][0]
    assert left.code == 0, left.out + left.err
    (period,) = left.json()["periods"]
    assert period["status"] == "closed"
    assert any("drivers" in message and "after its close" in message for message in period["messages"])
    assert any("invoices" in message for message in period["messages"])
    assert (status["state"], status["closed"]["by"]) == ("closed", "Ann Finance")
    after = hashes(home / "publications") | hashes(home / "landing" / "driver_usage")
    assert {name: digest for name, digest in after.items() if not name.endswith("contents.json")} == {
        name: digest for name, digest in before.items() if not name.endswith("contents.json")
    }


def test_a_broken_late_delivery_does_not_fail_the_run(closed, estate: Path, home: Path):
    part = max((estate.parent / "exports" / "azure").rglob("*.csv.gz"))
    with changed(part, part.read_bytes()[:-100]):
        left = tieout("run", "--estate", estate, home=home)
    assert left.code == 0, left.out + left.err
    assert "closed and left alone" in left.out


def test_a_replay_without_the_sources_is_the_same_byte_for_byte(closed, estate: Path, home: Path):
    before = hashes(home / "publications")
    aside = estate.parent.rename(estate.parent.with_name("moved"))
    try:
        replayed = tieout("replay", PERIOD, "--json", home=home)
    finally:
        aside.rename(estate.parent)
    assert replayed.code == 0, replayed.out + replayed.err
    told = replayed.json()
    assert told["is_equal"]
    assert told["manifest_is_equal"]
    assert len(told["files"]) > 10
    assert hashes(home / "publications") == before
    assert not (home / "replays" / PERIOD).exists()


@pytest.mark.parametrize("kind", ["policies", "landing", "publications"])
def test_an_altered_file_is_named(closed, home: Path, kind: str):
    inputs = closed.json()["inputs"]
    publication = (home / "publications" / PERIOD / "current").resolve()
    path = {
        "policies": home / next(name for name in inputs if name.endswith("pools.csv")),
        "landing": home / next(name for name in inputs if "aws_cur2" in name and name.endswith(".parquet")),
        "publications": next((publication / "fct_chargeback").rglob("*.parquet")),
    }[kind]
    with changed(path, path.read_bytes() + b" "):
        refused = tieout("replay", PERIOD, home=home)
    assert refused.code == 2
    assert path.relative_to(home).as_posix() in refused.err
    assert re.search(r"found sha256 [0-9a-f]{64}; expected [0-9a-f]{64}", refused.err)


def test_an_open_period_cannot_be_replayed(closed, home: Path):
    refused = tieout("replay", "2020-01", home=home)
    assert refused.code == 2
    assert "tieout close 2020-01" in refused.err

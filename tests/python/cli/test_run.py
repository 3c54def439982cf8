"""`tieout run` from first publication to blocked, refused and unchanged: one story, told in order over one home."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import duckdb

from orchestration.estate import load_estate

from .conftest import PERIOD, changed, hashes, tieout


def test_the_first_run_publishes(first, home):
    assert first.code == 0, first.err
    (period,) = first.json()["periods"]
    assert (period["billing_period"], period["status"]) == (PERIOD, "published")
    published = period["published"]
    assert {row["provider"] for row in published["spend_by_provider"]} >= {"AWS", "Microsoft", "Google Cloud"}
    assert [row["variant"] for row in published["allocation_accuracy"]] == ["direct", "rules", "shared"]
    assert all(row["ties"] for row in published["invoices"] if row["status"] == "issued")
    for path in (published["database"], first.json()["all_periods_database"]):
        with duckdb.connect(path, read_only=True) as reader:
            total = sum(Decimal(row["effective_cost"]) for row in published["spend_by_provider"])
            for table in ("focus_cost_and_usage", "focus_allocated_cost_and_usage"):
                assert reader.execute(f"select sum(EffectiveCost) from {table}").fetchone() == (total,)


def test_nothing_is_written_outside_the_home(first, home):
    assert sorted(path.name for path in home.iterdir()) == [
        "dagster",
        "dbt",
        "landing",
        "policies",
        "publications",
        "reports",
        "warehouse",
    ]
    assert [path.name for path in home.parent.iterdir()] == ["home"]


def test_the_run_is_in_dagsters_history(first, home):
    import dagster as dg

    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        (run,) = instance.get_runs()
        assert run.is_success
        assert run.run_id == first.json()["periods"][0]["dagster_run"]


def test_the_same_inputs_give_the_same_bytes_in_another_home(first, estate, home, tmp_path):
    again = tieout("run", "--estate", estate, home=tmp_path / "home")
    assert again.code == 0, again.out + again.err
    ours, theirs = (hashes(root / "publications" / PERIOD / "1") for root in (home, tmp_path / "home"))
    for files in (ours, theirs):
        # Its views name files by absolute path; the manifest has the hash of its definitions without the path.
        del files["tieout.duckdb"]
    assert ours == theirs


def test_a_run_with_nothing_new_keeps_the_publication_and_starts_neither_dagster_nor_dbt(first, estate, home):
    before = hashes(home / "publications")
    again = tieout("run", "--estate", estate, options=("-X", "importtime"), home=home)
    assert again.code == 0
    assert "nothing new, same publication" in again.out
    imported = {line.rsplit("|", 1)[-1].strip() for line in again.err.splitlines() if line.startswith("import time:")}
    assert not imported & {"dagster", "dagster_dbt", "dbt", "great_expectations"}
    assert hashes(home / "publications") == before


def test_status_tells_the_state(first, estate, home):
    status = tieout("status", "--estate", estate, "--json", home=home)
    assert status.code == 0
    (period,) = status.json()["periods"]
    assert (period["state"], period["publication"]["number"]) == ("published", 1)
    assert period["gate"] in ("passed", "passed_with_warnings")
    sources = {source.id for source in load_estate(estate).sources}
    assert {delivery["source_id"] for delivery in period["deliveries"]} == sources
    assert "published" in tieout("status", "--estate", estate, home=home).out


def test_an_invoice_that_does_not_tie_blocks_and_leaves_the_publication_byte_identical(first, estate, home):
    before = hashes(home / "publications")
    invoices = estate.parent / "invoices" / "microsoft.csv"
    header, line, *rest = invoices.read_text(encoding="utf-8").splitlines()
    cells = dict(zip(header.split(","), line.split(","), strict=True))
    dearer = {
        **cells,
        "subtotal": str(Decimal(cells["subtotal"]) + 1000),
        "total": str(Decimal(cells["total"]) + 1000),
    }
    text = "\n".join([header, ",".join(dearer.values()), *rest]) + "\n"
    with changed(invoices, text.encode()):
        blocked = tieout("run", "--estate", estate, home=home)
        status = tieout("status", "--estate", estate, "--json", home=home).json()["periods"][0]
    assert blocked.code == 3, blocked.out + blocked.err
    told = next(line for line in blocked.out.splitlines() if cells["invoice_id"] in line)
    invoiced, charged, difference = (
        Decimal(found.replace(",", "")) for found in re.findall(r"(?:invoiced|charged|difference) (-?[\d,.]+\d)", told)
    )
    assert invoiced == Decimal(dearer["subtotal"])
    assert charged - invoiced == difference
    assert abs(difference + 1000) < 1
    assert "readers still see number 1" in blocked.out
    assert hashes(home / "publications") == before
    assert (status["state"], status["gate"]) == ("stale", "blocked")


def test_a_cut_off_delivery_is_refused_by_file_and_cure_and_the_rest_stays(first, estate, home):
    before = hashes(home / "publications")
    parts = sorted((estate.parent / "exports" / "azure").rglob("*.csv.gz"))
    newest = max(parts, key=lambda path: _submitted(path.parent / "manifest.json"))
    with changed(newest, newest.read_bytes()[:-100]):
        refused = tieout("run", "--estate", estate, home=home)
    assert refused.code == 2, refused.out + refused.err
    assert newest.name in refused.out + refused.err
    assert "deliver again" in refused.out + refused.err
    assert hashes(home / "publications") == before


def test_a_changed_policy_is_published_once_it_is_approved(first, estate, home):
    rules, approvals = (estate.parent / "policy" / f"{name}.csv" for name in ("thresholds", "change_approvals"))
    with rules.open("a", encoding="utf-8") as file:
        file.write("unallocated_share_max,,0.000001,warning,To see that it is looked at,2024-01-01,9999-12-31\n")
    before = hashes(home / "publications")
    blocked = tieout("run", "--estate", estate, home=home)
    assert blocked.code == 3, blocked.out + blocked.err
    told = re.search(
        r"thresholds\.csv: unallocated_share_max was added: found no approval.*?([0-9a-f]{12}),", blocked.out
    )
    assert told, blocked.out
    assert hashes(home / "publications") == before

    with approvals.open("a", encoding="utf-8") as file:
        file.write(f"{told[1]},thresholds,cfo,2026-11-20,CAB-17\n")
    again = tieout("run", "--estate", estate, "--json", home=home)
    assert again.code == 0, again.out + again.err
    (period,) = again.json()["periods"]
    assert (period["status"], period["published"]["publication"]) == ("published", 2)
    assert any("limit 0.000001" in message for message in period["messages"])
    first_files = home / "publications" / PERIOD / "1" / "manifest.json"
    assert json.loads(first_files.read_text())["gate"]["verdict"] != "blocked"
    with duckdb.connect(str(home / "publications" / PERIOD / "current" / "tieout.duckdb"), read_only=True) as con:
        assert con.execute(
            "select policy_file, change, needs_approval, approved_by, approved_how, publication_before,"
            " moved_by_all_changes, unmeasured_because from finance.rule_change_log"
        ).fetchall() == [("thresholds", "added", True, "cfo", "change_approvals.csv, 2026-11-20, CAB-17", 1, 0, None)]


def _submitted(manifest: Path) -> str:
    return json.loads(manifest.read_text(encoding="utf-8-sig"))["runInfo"]["submittedTime"]

"""The golden estate → exact published tables; and every published charge equal to what the generator knows of it."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from orchestration.estate import load_estate
from tests.python.golden.tables import FOLDER, PERIOD, TABLES, as_text, publish


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("table", sorted(TABLES))
def test_published_table_is_the_golden_one(database: Path, table: str) -> None:
    golden = (FOLDER / f"{table}.csv").read_text(encoding="utf-8")
    assert as_text(database, table) == golden, f"{table} changed; if that was meant: make golden, and review the diff"


def test_golden_folder_holds_no_other_table() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.csv")) == sorted(TABLES)


def test_every_native_row_is_published_with_the_costs_the_generator_gave_it(database: Path) -> None:
    truth = database.parents[4] / "estate" / "truth" / "charges.parquet"
    with duckdb.connect(str(database), read_only=True) as connection:
        differences = connection.execute(
            """
            with published as (
                select x_source_id as source_id, x_source_file as source_file, x_source_row as source_row,
                    -- the generator counts in units of 10^-10; only days of a contract have more digits
                    cast(sum(BilledCost) as decimal(38, 10)) as billed_cost,
                    cast(sum(EffectiveCost) as decimal(38, 10)) as effective_cost
                from finance.focus_cost_and_usage group by all
            ), known as (
                select source_id, source_file, source_row, min(kind) as kind,
                    sum(billed_cost) as billed_cost, sum(effective_cost) as effective_cost
                from read_parquet(?) where billing_period = ? and emitted group by all
            )
            select coalesce(known.source_id, published.source_id), coalesce(known.source_file, published.source_file),
                coalesce(known.source_row, published.source_row), known.kind, known.billed_cost, published.billed_cost,
                known.effective_cost, published.effective_cost
            from known
            full join published using (source_id, source_file, source_row)
            where known.billed_cost is distinct from published.billed_cost
                or known.effective_cost is distinct from published.effective_cost
            limit 5
            """,
            [str(truth), PERIOD],
        ).fetchall()
    assert differences == []


def test_negotiated_commitments_are_drawn_down_by_what_the_generator_counts(database: Path) -> None:
    truth = database.parents[4] / "estate" / "truth"
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "with elements as (select unnest(json_extract(ContractApplied, '$.Elements[*]')) as element "
            "from finance.focus_cost_and_usage) "
            "select element ->> '$.ContractCommitmentId', sum(cast(element ->> '$.AppliedCost' as decimal(38, 12))) "
            "from elements where element ->> '$.ContractId' in ('EDP-2026', 'MACC-8841') group by all order by all"
        ).fetchall()
        expected = []
        for entry in json.loads((truth / "totals.json").read_text())["contracts"]:
            ((cost,),) = connection.execute(
                "select sum(billed_cost) from read_parquet(?) "
                "where billing_period = ? and emitted and source_id = ? and not list_contains(?, kind)",
                [str(truth / "charges.parquet"), PERIOD, entry["source_id"], entry["kinds_that_do_not_count"]],
            ).fetchall()
            expected.append((entry["commitment_id"], cost))
    assert found == sorted(expected)


def test_manifest_names_every_delivery_that_went_in(database: Path) -> None:
    manifest = json.loads((database.parent / "manifest.json").read_text(encoding="utf-8"))
    sources = {delivery["source_id"] for delivery in manifest["inputs"]["deliveries"]}
    estate = load_estate(database.parents[4] / "estate" / "estate.yml")
    assert sources == {source.id for source in estate.sources}

"""The golden estate → exact published tables; and every published charge equal to what the generator knows of it."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from orchestration.closing import close_period, replay_period
from orchestration.errors import ConfigurationError
from orchestration.estate import load_estate
from orchestration.home import Home
from orchestration.periods import month_before
from orchestration.publishing import read_manifest
from orchestration.runs.workspace import Workspace
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


def test_the_variance_bridge_begins_with_what_was_published_of_the_month_before(database: Path) -> None:
    before = database.parents[2] / month_before(PERIOD) / "current" / "tieout.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{before}' as before (read_only)")
        connection.execute(f"attach '{database}' as now (read_only)")
        published, begun = (
            connection.execute(query).fetchall()
            for query in (
                "select domain_id, billing_currency, sum(effective_cost) from before.finance.fct_chargeback "
                "group by all having sum(effective_cost) <> 0 order by all",
                "select domain_id, billing_currency, sum(effective_cost_before) from now.finance.rpt_variance_bridge "
                "group by all having sum(effective_cost_before) <> 0 order by all",
            )
        )
    assert begun == published


def test_the_first_month_is_compared_with_nothing(database: Path) -> None:
    before = database.parents[2] / month_before(PERIOD) / "current"
    assert read_manifest(before)["inputs"]["compared_with"] is None
    with duckdb.connect(str(before / "tieout.duckdb"), read_only=True) as connection:
        known = connection.execute(
            "select count(*) > 0, count(effective_cost_before), count(new_usage), count(period_before) "
            "from finance.rpt_variance_bridge"
        ).fetchone()
    assert known == (True, 0, 0, 0)


def test_a_closed_month_is_replayed_from_the_publication_it_was_compared_with(database: Path) -> None:
    home = Home(database.parents[3])
    workspace = Workspace(home, load_estate(database.parents[4] / "estate" / "estate.yml"))
    folder = f"publications/{month_before(PERIOD)}/1"
    closed = close_period(workspace, PERIOD, closed_by="Ann Finance")
    (costs,) = (home.root / name for name in closed.inputs if name.startswith(f"{folder}/fct_owner_costs/"))
    assert f"{folder}/manifest.json" in closed.inputs
    replayed = replay_period(home, PERIOD)
    assert [file.path for file in replayed.files if not file.is_equal] == []
    assert replayed.is_equal

    content = costs.read_bytes()
    costs.chmod(0o644)
    costs.write_bytes(content[:-1])
    with pytest.raises(ConfigurationError, match="fct_owner_costs"):
        replay_period(home, PERIOD)
    costs.write_bytes(content)

"""What a publication holds, and that publishing the same content again is the same publication."""

from __future__ import annotations

import json
import os
import stat
from decimal import Decimal

import duckdb
import pytest

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.publishing import Evidence, PublishedModel, current_publication, publications, publish
from orchestration.publishing.tables import portable_query

from .conftest import PERIOD, write_focus

DESIGN_QUERY = """
SELECT Tags['CostCentre'] AS cost_centre, SUM(EffectiveCost) AS total_effective_cost, BillingCurrency
FROM focus_cost_and_usage
WHERE ChargePeriodStart >= DATE_TRUNC('month', CURRENT_DATE) AND ServiceCategory = 'Compute'
GROUP BY Tags['CostCentre'], BillingCurrency ORDER BY total_effective_cost DESC;
"""


def bytes_of(home: Home, period: str = PERIOD) -> dict[str, bytes]:
    folder = home.publications / period
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_design_query_runs_verbatim(warehouse, home, models, evidence):
    publication = publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    with duckdb.connect(str(publication.folder / "tieout.duckdb"), read_only=True) as reader:
        assert reader.execute(DESIGN_QUERY).fetchall() == [("CC-1010", Decimal("10.000000000001"), "USD")]


def test_tags_are_a_map_in_both_focus_datasets_and_absent_tags_stay_null(warehouse, home, models, evidence):
    publication = publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    with duckdb.connect(str(publication.folder / "tieout.duckdb"), read_only=True) as reader:
        for name in ("focus_cost_and_usage", "focus_allocated_cost_and_usage"):
            rows = reader.execute(f"select distinct typeof(Tags), Tags['CostCentre'] from finance.{name} order by 2")
            assert rows.fetchall() == [("MAP(VARCHAR, VARCHAR)", "CC-1010"), ("MAP(VARCHAR, VARCHAR)", None)]


def test_a_reader_may_attach_the_file_under_any_name(warehouse, home, models, evidence):
    publication = publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    with duckdb.connect() as reader:
        reader.execute(f"attach '{publication.folder / 'tieout.duckdb'}' as books (read_only)")
        total = reader.execute("select sum(EffectiveCost) from books.finance.focus_allocated_cost_and_usage")
        assert total.fetchall() == [(Decimal("15.000000000001"),)]


def test_only_the_period_is_published_and_the_manifest_tells_it(warehouse, home, models, evidence):
    publication = publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    tables = publication.manifest()["tables"]
    assert {name: entry.get("row_count") for name, entry in tables.items()} == {
        "dim_cost_domains": 2,
        "fct_charge_splits": 3,
        "focus_allocated_cost_and_usage": None,
        "focus_cost_and_usage": 2,
        "kpi_tag_compliance": 0,
    }
    assert tables["focus_cost_and_usage"]["totals"] == {
        "USD": {"BilledCost": "5.000000000000", "EffectiveCost": "15.000000000001"}
    }
    assert [file["path"] for file in tables["focus_cost_and_usage"]["files"]] == [
        "focus_cost_and_usage/x_source_id=aws-main/x_billing_period=2026-01/data.parquet",
        "identity_tags.parquet",
    ]


def test_partition_files_are_linked_not_copied_and_nothing_can_be_written(warehouse, home, models, evidence):
    publication = publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    partition = "focus_cost_and_usage/x_source_id=aws-main/x_billing_period=2026-01/data.parquet"
    assert (publication.folder / partition).samefile(home.facts / partition)
    files = [path for path in publication.folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o444}


def test_the_same_content_is_the_same_publication(warehouse, home, models, evidence):
    first = publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    before = bytes_of(home)
    second = publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    assert (second.number, second.is_new) == (first.number, False)
    assert bytes_of(home) == before


def test_new_content_gets_the_next_number_and_the_former_one_stays(warehouse, home, models, evidence):
    publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    before = bytes_of(home)
    write_focus(warehouse, home, PERIOD, "11")
    second = publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    after = bytes_of(home)
    assert second.number == 2 and second.is_new
    assert {path: after[path] for path in before} == before
    assert current_publication(home, PERIOD) == second.__class__(PERIOD, 2, second.folder)


def test_the_same_inputs_give_the_same_bytes_in_another_home(tmp_path, warehouse, home, models, evidence):
    from .conftest import build

    publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    other = Home(tmp_path / "elsewhere")
    other.facts.mkdir(parents=True)
    with duckdb.connect(str(other.warehouse_file)) as connection:
        build(connection, other)
        publish(other, PERIOD, connection=connection, models=models, evidence=evidence)
    ours, theirs = bytes_of(home), bytes_of(other)
    for content in (ours, theirs):
        # Its views name files by absolute path, so this one differs between homes; the manifest hashes its definitions.
        del content["1/tieout.duckdb"]
    assert ours == theirs


def test_the_same_definitions_give_the_same_database_bytes(warehouse, home, models, evidence):
    publication = publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    before = (publication.folder / "tieout.duckdb").read_bytes()
    for path in sorted(publication.folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    publication.folder.rmdir()
    (home.publications / PERIOD / "current").unlink()
    again = publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    assert again.folder == publication.folder
    assert (again.folder / "tieout.duckdb").read_bytes() == before


def test_the_file_over_all_periods_follows_every_current_pointer(warehouse, home, models, evidence):
    publish(home, "2025-12", connection=warehouse, models=models, evidence=evidence)
    publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    with duckdb.connect(str(home.publications / "tieout.duckdb"), read_only=True) as reader:
        rows = reader.execute(
            "select x_billing_period, sum(EffectiveCost) from focus_allocated_cost_and_usage group by 1 order by 1"
        ).fetchall()
        domains = reader.execute("select count(*) from dim_cost_domains").fetchone()
    assert rows == [("2025-12", Decimal("12.500000000000")), (PERIOD, Decimal("15.000000000001"))]
    assert domains == (2,)
    assert [publication.billing_period for publication in publications(home)] == ["2025-12", PERIOD]


def test_two_tag_sets_for_one_identity_are_refused(warehouse, home, models, evidence):
    facts = home.facts / f"focus_cost_and_usage/x_source_id=aws-main/x_billing_period={PERIOD}/data.parquet"
    beside = facts.with_name("changed.parquet")
    warehouse.execute(
        f"copy (select * replace (11 as x_identity_id, coalesce(Tags, '{{}}') as Tags) "
        f"from read_parquet('{facts}', hive_partitioning = false)) to '{beside}'"
    )
    beside.replace(facts)
    with pytest.raises(duckdb.InvalidInputException, match="identity 11 has more than one tag set"):
        publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    assert current_publication(home, PERIOD) is None


def test_a_view_over_something_unpublished_is_refused():
    with pytest.raises(ConfigurationError, match=r"it reads ownership\.dim_charge_identities"):
        portable_query(
            "CREATE VIEW finance.v AS SELECT * FROM tieout.ownership.dim_charge_identities;",
            catalog="tieout",
            view="v",
            published={"v"},
        )


def test_a_published_model_that_was_not_built_is_refused(warehouse, home, models, evidence):
    missing = PublishedModel("fct_chargeback", "finance", "partitioned", ("billing_period",), "", {})
    with pytest.raises(ConfigurationError, match=r"finance\.fct_chargeback: found no such relation"):
        publish(home, PERIOD, connection=warehouse, models=[*models, missing], evidence=evidence)


def test_the_manifest_holds_no_time_and_no_path_of_the_machine(warehouse, home, models, evidence: Evidence):
    publication = publish(home, PERIOD, connection=warehouse, models=models, evidence=evidence)
    text = json.dumps(publication.manifest())
    assert str(home.root) not in text
    assert os.uname().nodename not in text

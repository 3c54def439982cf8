"""A partition is written again when something it is made of changed, with the same bytes for the same input."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from orchestration.warehouse.connection import connect
from tests.python.allocation.estate import BuiltEstate

SPLITS = ("--select", "path:models/allocation,+fct_charge_splits", "fct_charge_splits")
NODES = ("int_kubernetes_node_periods", "int_kubernetes_divided_nodes")
BACKUP_EQUALLY = "update policy.pools set method = 'equal_share', driver_id = null where pool_id = 'azure-backup'"


def test_nothing_new_writes_nothing(built_estate: BuiltEstate) -> None:
    before = built_estate.files("fct_charge_splits")
    assert len(before) > 8
    built_estate.run(*SPLITS)
    assert built_estate.files("fct_charge_splits") == before


def test_the_same_input_makes_the_same_bytes(built_estate: BuiltEstate) -> None:
    models = ("focus_cost_and_usage", "fct_charge_splits", "fct_allocated_costs", "fct_allocation_shares")
    before = {model: built_estate.files(model) for model in models}
    built_estate.run("--full-refresh", "--select", "path:models/focus/charges", *models)
    for model in models:
        after = built_estate.files(model)
        assert all(after[partition][0] > moment for partition, (moment, _) in before[model].items())
        assert {key: sha for key, (_, sha) in after.items()} == {key: sha for key, (_, sha) in before[model].items()}


def test_a_pool_that_changes_rebuilds_the_months_that_use_it(built_estate: BuiltEstate) -> None:
    before = built_estate.files("fct_charge_splits")
    with connect(built_estate.home) as connection:
        connection.execute("create table policy.pools_before as from policy.pools")
        connection.execute(BACKUP_EQUALLY)
    try:
        built_estate.run(*SPLITS)
        after = built_estate.files("fct_charge_splits")
        changed = {partition for partition in after if after[partition] != before[partition]}
        assert changed == {partition for partition in after if partition.startswith("source_id=azure-main/")}
    finally:
        with connect(built_estate.home) as connection:
            connection.execute("delete from policy.pools")
            connection.execute("insert into policy.pools from policy.pools_before")
            connection.execute("drop table policy.pools_before")
        built_estate.run(*SPLITS)


def test_files_that_an_earlier_version_cut_by_other_keys_are_removed(built_estate: BuiltEstate) -> None:
    folder = built_estate.home.facts / "fct_allocated_costs"
    partition = next(folder.rglob("data.parquet"))
    left_over = folder / "billing_period=2026-09" / "data.parquet"
    left_over.parent.mkdir()
    shutil.copyfile(partition, left_over)
    built_estate.run("--select", "fct_allocated_costs")
    assert not left_over.exists()
    assert partition.exists()


def test_a_home_named_with_a_slash_at_its_end_is_the_same_home(built_estate: BuiltEstate) -> None:
    models = ("focus_cost_and_usage", "int_charge_days", "fct_charge_splits", "fct_allocated_costs")
    before = {model: built_estate.files(model) for model in models}
    with only_period(built_estate, "2026-09"):
        built_estate.run("--select", "path:models/focus/charges", *models, TIEOUT_HOME=f"{built_estate.home.root}/")
    for model in models:
        after = built_estate.files(model)
        assert {key: sha for key, (_, sha) in after.items()} == {key: sha for key, (_, sha) in before[model].items()}


def test_telemetry_of_a_month_that_is_not_built_is_there_for_those_that_are(built_estate: BuiltEstate) -> None:
    models = ("int_kubernetes_names", "int_kubernetes_workload_intervals")
    before = {model: built_estate.files(model) for model in models}
    for model in models:
        assert len(before[model]) > 1
        shutil.rmtree(built_estate.home.facts / model / "billing_period=2026-10")
    with only_period(built_estate, "2026-09"):
        built_estate.run("--select", *models)
    for model in models:
        after = built_estate.files(model)
        assert {key: sha for key, (_, sha) in after.items()} == {key: sha for key, (_, sha) in before[model].items()}
        assert {key for key in after if after[key] != before[model][key]} == {"billing_period=2026-10"}


def test_telemetry_that_is_delivered_anew_is_read_again_and_no_other(built_estate: BuiltEstate) -> None:
    before = built_estate.files("int_kubernetes_workload_intervals")
    nodes_before = built_estate.files("int_kubernetes_divided_nodes")
    with connect(built_estate.home) as connection:
        restated = connection.execute(
            "update landing.partitions set fingerprint = concat(fingerprint, ' restated')"
            " where source_kind = 'opencost' and billing_period = '2026-09'"
        ).fetchall()
    assert restated == [(1,)]
    built_estate.run("--select", "int_kubernetes_periods", "int_kubernetes_workload_intervals", *NODES)
    after = built_estate.files("int_kubernetes_workload_intervals")
    assert {key for key in after if after[key] != before[key]} == {"billing_period=2026-09"}
    divided = built_estate.files("int_kubernetes_divided_nodes")
    assert {key for key in divided if divided[key] != nodes_before[key]} == {"billing_period=2026-09"}


def test_nodes_are_divided_again_when_the_policy_of_their_month_changes(built_estate: BuiltEstate) -> None:
    before = built_estate.files("int_kubernetes_divided_nodes")
    assert len(before) > 1
    built_estate.run("--select", *NODES)
    assert built_estate.files("int_kubernetes_divided_nodes") == before
    with connect(built_estate.home) as connection:
        connection.execute("create table policy.clusters_before as from policy.kubernetes_clusters")
        connection.execute(
            "insert into policy.kubernetes_clusters (cluster, charge_base, cpu_weight, valid_from, valid_to)"
            " values ('elsewhere', 'usage', 3, date '2026-10-20', date '2026-11-01')"
        )
    try:
        with only_period(built_estate, "2026-10"):
            built_estate.run("--select", "int_measured_periods", "int_measured_days", *NODES)
        after = built_estate.files("int_kubernetes_divided_nodes")
        assert {key for key in after if after[key] != before[key]} == {"billing_period=2026-10"}
    finally:
        with connect(built_estate.home) as connection:
            connection.execute("create or replace table policy.kubernetes_clusters as from policy.clusters_before")
            connection.execute("drop table policy.clusters_before")
        built_estate.run("--select", "int_measured_periods", "int_measured_days", *NODES)


def test_months_that_do_not_count_are_divided_when_they_do(built_estate: BuiltEstate) -> None:
    models = ("int_measured_periods", "int_measured_days", *NODES)
    before = built_estate.files("int_kubernetes_divided_nodes")
    shutil.rmtree(built_estate.home.facts / "int_kubernetes_divided_nodes" / "billing_period=2026-10")
    with only_period(built_estate, "2026-08"):
        built_estate.run("--select", *models)
        assert "billing_period=2026-10" not in built_estate.files("int_kubernetes_divided_nodes")
    built_estate.run("--select", *models)
    after = built_estate.files("int_kubernetes_divided_nodes")
    assert {key: sha for key, (_, sha) in after.items()} == {key: sha for key, (_, sha) in before.items()}
    assert {key for key in after if after[key] != before[key]} == {"billing_period=2026-10"}


@contextmanager
def only_period(estate: BuiltEstate, billing_period: str) -> Iterator[None]:
    """Make one period the scope of runs, for the time being."""
    with connect(estate.home) as connection:
        connection.execute("create table landing.scope_before as from landing.run_scope")
        connection.execute("delete from landing.run_scope where billing_period <> ?", [billing_period])
    try:
        yield
    finally:
        with connect(estate.home) as connection:
            connection.execute("delete from landing.run_scope")
            connection.execute("insert into landing.run_scope from landing.scope_before")
            connection.execute("drop table landing.scope_before")

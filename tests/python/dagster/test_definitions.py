"""The definitions load, name what they are expected to name, and describe it."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import dagster as dg

from expectations.suites import suites
from orchestration.defs import JOB_NAME
from orchestration.defs.automation import LANDING_JOB
from orchestration.defs.common import billing_periods
from orchestration.defs.gateway import GATEWAY_JOB
from orchestration.defs.publication import KEY
from orchestration.warehouse.dbt_project import dbt_manifest

SNAPSHOT = Path(__file__).with_name("keys.txt")
REFRESH = "TIEOUT_REFRESH_SNAPSHOT"


def graph_of(definitions: dg.Definitions):
    return definitions.resolve_asset_graph()


def test_asset_and_check_keys_are_those_of_the_snapshot(definitions):
    graph = graph_of(definitions)
    assets = sorted(key.to_user_string() for key in graph.executable_asset_keys)
    checks = sorted(
        f"{key.asset_key.to_user_string()}: {key.name}"
        for key in graph.asset_check_keys
        if key.name.startswith("gate_")
    )
    found = "\n".join(["assets", *assets, "", "checks of the gate", *checks]) + "\n"
    if os.environ.get(REFRESH):
        SNAPSHOT.write_text(found, encoding="utf-8")
    assert found == SNAPSHOT.read_text(encoding="utf-8"), f"if that is intended, run this test with {REFRESH}=1"


def test_every_data_test_of_a_model_is_a_check(definitions, workspace):
    manifest = dbt_manifest(workspace.home)
    tests = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and any(name.startswith("model.") for name in node["depends_on"]["nodes"])
    }
    checks = {key.name for key in graph_of(definitions).asset_check_keys}
    assert tests
    assert tests <= checks


def test_every_asset_is_described_owned_and_partitioned_by_month(definitions):
    graph = graph_of(definitions)
    for key in graph.executable_asset_keys:
        node = graph.get(key)
        assert node.description, key
        assert node.owners, key
        assert node.group_name not in (None, "default"), key
        assert node.kinds, key
        assert isinstance(node.partitions_def, dg.MonthlyPartitionsDefinition), key


def test_no_asset_depends_on_something_that_nothing_makes(definitions):
    graph = graph_of(definitions)
    assert graph.external_asset_keys == set()


def test_marts_tell_their_columns(definitions):
    graph = graph_of(definitions)
    metadata = graph.get(dg.AssetKey(["finance", "fct_chargeback"])).metadata
    columns = {column.name: column for column in metadata["dagster/column_schema"].columns}
    assert columns["statement_amount"].type == "decimal(38,12)"
    assert columns["statement_amount"].description


def test_every_expectation_blocks_publication(definitions):
    graph = graph_of(definitions)
    upstream = graph.get(KEY).parent_keys
    for suite in suites():
        asset = dg.AssetKey(suite.table.split("."))
        assert asset in upstream, f"{suite.table} is checked but publication does not wait for it"
        for check in suite.checks:
            assert graph.get(dg.AssetCheckKey(asset, f"gate_{check.id}")).blocking


def test_publication_comes_after_every_model(definitions):
    graph = graph_of(definitions)
    models = {key for key in graph.executable_asset_keys if key.path[0] in ("finance", "audit", "allocation", "focus")}
    assert models <= graph.get_ancestor_asset_keys(KEY) | {KEY}


def test_landing_and_publication_must_be_fresh(definitions):
    graph = graph_of(definitions)
    for key in (dg.AssetKey(["deliveries", "aws-main"]), KEY):
        assert graph.get(key).freshness_policy_or_from_metadata is not None


def test_jobs_schedule_and_sensor_are_there(definitions):
    repository = definitions.get_repository_def()
    assert {job.name for job in repository.get_all_jobs()} >= {JOB_NAME, LANDING_JOB, GATEWAY_JOB}
    assert {schedule.job_name: schedule.cron_schedule for schedule in repository.schedule_defs} == {
        JOB_NAME: "0 6 * * *",
        GATEWAY_JOB: "*/5 * * * *",
    }
    (sensor,) = repository.sensor_defs
    assert {target.job_name for target in sensor.targets} == {JOB_NAME, LANDING_JOB}


def test_there_is_a_partition_for_this_month_and_for_one_ahead_of_the_clock():
    month = dt.datetime.now(dt.UTC).strftime("%Y-%m")
    assert billing_periods().has_partition_key(month)
    assert billing_periods("2090-01").has_partition_key("2090-01")
    assert billing_periods().has_partition_key("2020-01")

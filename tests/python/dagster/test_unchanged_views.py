"""Views that a build leaves as they were."""

from __future__ import annotations

import dagster as dg
import duckdb
import pytest

from orchestration.defs.models import with_unchanged_views
from orchestration.warehouse.building import (
    INNER_LAYERS,
    forget_views,
    has_views,
    inner_views,
    remember_views,
    selection_without_views,
)
from orchestration.warehouse.dbt_project import dbt_manifest

A, B, C, TABLE = (dg.AssetKey(["focus", name]) for name in ("a", "b", "c", "table"))


def keys(events):
    return [event.output_name if isinstance(event, dg.Output) else event.asset_key for event in events]


def test_a_view_is_told_after_what_it_reads_and_before_what_reads_it():
    views = {C: frozenset({TABLE, B}), B: frozenset({A}), A: frozenset()}
    built = [dg.Output(None, output_name="focus__table"), dg.Output(None, output_name="focus__mart")]

    assert keys(with_unchanged_views(built, views)) == [A, B, "focus__table", C, "focus__mart"]


def test_a_view_over_a_table_that_failed_is_not_told():
    assert keys(with_unchanged_views([], {C: frozenset({TABLE}), A: frozenset()})) == [A]


def test_events_pass_when_no_view_was_left_out():
    built = [dg.Output(None, output_name="focus__table")]

    assert list(with_unchanged_views(built, {})) == built


def test_views_are_those_of_the_version_that_made_them():
    with duckdb.connect() as connection:
        assert not has_views(connection, "1")
        remember_views(connection, "1")
        assert has_views(connection, "1")
        assert not has_views(connection, "2")
        remember_views(connection, "2")
        assert has_views(connection, "2")
        forget_views(connection)
        assert not has_views(connection, "2")


def test_published_views_are_always_made(workspace):
    manifest = dbt_manifest(workspace.home)
    views = inner_views(manifest)

    assert views
    assert {manifest["nodes"][view]["fqn"][1] for view in views} <= set(INNER_LAYERS)
    assert not any("focus_allocated_cost_and_usage" in view for view in views)


@pytest.mark.parametrize("layer", INNER_LAYERS)
def test_every_inner_layer_is_left_out(layer):
    assert f"config.materialized:view,path:models/{layer}" in selection_without_views()[3].split()

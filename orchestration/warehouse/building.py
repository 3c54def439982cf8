"""What a build asks of dbt: everything but the views of inner layers that are there already.

A view holds no data. Once made by the code that runs now it would only be made again, and binding the wide ones costs
more than many tables. Every table, mart and data test still runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

INNER_LAYERS = ("staging", "focus", "ownership", "allocation")


def remember_views(connection: duckdb.DuckDBPyConnection, version: str) -> None:
    """Note in the warehouse that every view in it was made by ``version`` of the project."""
    connection.execute("create schema if not exists landing")
    connection.execute("create or replace table landing.views_made_by (version varchar)")
    connection.execute("insert into landing.views_made_by values (?)", [version])


def forget_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Note that the views in the warehouse may be of no one version."""
    connection.execute("drop table if exists landing.views_made_by")


def has_views(connection: duckdb.DuckDBPyConnection, version: str) -> bool:
    """Return whether every view in the warehouse was made by ``version`` of the project."""
    try:
        row = connection.execute("select version from landing.views_made_by").fetchone()
    except duckdb.CatalogException:
        return False
    return row == (version,)


def inner_views(manifest: Mapping[str, Any]) -> list[str]:
    """Return the ids of the nodes of a dbt manifest that are views of inner layers."""
    return [
        unique_id
        for unique_id, node in sorted(manifest["nodes"].items())
        if node["resource_type"] == "model"
        and node["config"]["materialized"] == "view"
        and node["fqn"][1] in INNER_LAYERS
    ]


def selection_without_views() -> list[str]:
    """Return the arguments with which dbt builds all models but the inner views, and all data tests of any model.

    The tests are selected as what follows a model: left to itself, dbt leaves out each test that also reads a view.
    """
    views = [f"config.materialized:view,path:models/{layer}" for layer in INNER_LAYERS]
    return [
        "--select", "resource_type:model+1",
        "--exclude", " ".join(["resource_type:unit_test", *views]),
        "--indirect-selection", "empty",
    ]  # fmt: skip

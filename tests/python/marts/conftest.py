"""The marts' arithmetic as dbt compiles it, run on an in-memory DuckDB."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.python.compiling import compiled_sql

MODELS = ("int_costs_by_domain", "fct_chargeback", "rpt_variance_bridge")


@pytest.fixture(scope="session")
def compiled_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the compiled SQL of the models under test, by model name."""
    return compiled_sql(tmp_path_factory.mktemp("marts_home"), *MODELS)


@pytest.fixture(scope="session")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a warehouse in memory, with the schemas that the compiled SQL names."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as tieout")
        for schema in ("allocation", "finance", "ownership", "policy", "reference", "staging"):
            connection.execute(f"create schema tieout.{schema}")
        yield connection

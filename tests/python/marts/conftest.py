"""The marts' arithmetic as dbt compiles it, run on an in-memory DuckDB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

PROJECT = Path(__file__).parents[3]
MODELS = ("int_costs_by_domain", "fct_chargeback")


@pytest.fixture(scope="session")
def compiled_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the compiled SQL of the models under test, by model name."""
    home = tmp_path_factory.mktemp("marts_home")
    (home / "warehouse").mkdir()
    command = [
        *(sys.executable, "-c", "from dbt.cli.main import cli; cli()"),
        *("--quiet", "compile", "--no-introspect", "--no-populate-cache", "--select", *MODELS),
    ]
    environment = os.environ | {
        "TIEOUT_HOME": str(home),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "logs"),
        "PYTHONPATH": str(PROJECT),
    }
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((home / "target" / "manifest.json").read_text())
    return {name: manifest["nodes"][f"model.tieout.{name}"]["compiled_code"] for name in MODELS}


@pytest.fixture(scope="session")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a warehouse in memory, with the schemas that the compiled SQL names."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as tieout")
        for schema in ("allocation", "finance", "ownership", "policy", "reference", "staging"):
            connection.execute(f"create schema tieout.{schema}")
        yield connection

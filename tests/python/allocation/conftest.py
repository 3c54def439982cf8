"""The allocation engine as dbt compiles it, run on an in-memory DuckDB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.python.allocation.engine import CONSUMER_COSTS, ENGINE_MODELS, Engine
from tests.python.allocation.estate import BuiltEstate

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def compiled_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the compiled SQL of the engine's models, by model name."""
    home = tmp_path_factory.mktemp("allocation_home")
    (home / "warehouse").mkdir()
    command = [
        *(sys.executable, "-c", "from dbt.cli.main import cli; cli()"),
        *("--quiet", "compile", "--no-introspect", "--no-populate-cache"),
    ]
    environment = os.environ | {
        "TIEOUT_HOME": str(home),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "logs"),
        "PYTHONPATH": str(PROJECT),
    }

    def compiled(*what: str) -> str:
        done = subprocess.run(
            [*command, *what], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    inline = json.loads(compiled("--inline", CONSUMER_COSTS, "--output", "json"))
    compiled("--select", *ENGINE_MODELS)
    manifest = json.loads((home / "target" / "manifest.json").read_text())
    models = {
        node["name"]: node["compiled_code"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["name"] in ENGINE_MODELS
    }
    return models | {"consumer_costs": inline["compiled"]}


@pytest.fixture(scope="session")
def engine(compiled_models: dict[str, str]) -> Engine:
    """Return the engine, ready to divide pools."""
    return Engine(compiled_models)


@pytest.fixture(scope="session")
def built_estate(tmp_path_factory: pytest.TempPathFactory) -> BuiltEstate:
    """Return the sample estate with its splits built."""
    return BuiltEstate.of_sample(tmp_path_factory.mktemp("built_estate"), rows=6000)


@pytest.fixture(scope="session")
def boundary_estate(tmp_path_factory: pytest.TempPathFactory) -> BuiltEstate:
    """Return the estate in which everything changes on the 17th, built."""
    return BuiltEstate.of_boundaries(tmp_path_factory.mktemp("boundary_estate"))

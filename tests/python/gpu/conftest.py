"""The models of idle GPUs as dbt compiles them, run on an in-memory DuckDB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.python.gpu.machines import GPU_MODELS, Machines

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Machines:
    """Return the compiled models, ready to be run."""
    home = tmp_path_factory.mktemp("gpu_home")
    (home / "warehouse").mkdir()
    environment = os.environ | {
        "TIEOUT_HOME": str(home),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "logs"),
        "PYTHONPATH": str(PROJECT),
    }
    command = [
        *(sys.executable, "-c", "from dbt.cli.main import cli; cli()"),
        *("--quiet", "compile", "--no-introspect", "--no-populate-cache", "--select", *GPU_MODELS),
    ]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    nodes = json.loads((home / "target" / "manifest.json").read_text())["nodes"].values()
    return Machines(
        {
            node["name"]: node["compiled_code"]
            for node in nodes
            if node["resource_type"] == "model" and node["name"] in GPU_MODELS
        }
    )

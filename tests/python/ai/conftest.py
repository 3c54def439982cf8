"""The models that divide AI cost as dbt compiles them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.python.ai.engine import MARTS, MODELS, Engine

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def ai_engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return the models, ready to divide days."""
    home = tmp_path_factory.mktemp("ai_home")
    (home / "warehouse").mkdir()
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "compile", "--no-introspect"),
            *("--no-populate-cache", "--select", *MODELS, *MARTS),
        ],
        cwd=PROJECT,
        env=os.environ
        | {
            "TIEOUT_HOME": str(home),
            "DBT_PROFILES_DIR": str(PROJECT),
            "DBT_TARGET_PATH": str(home / "target"),
            "DBT_LOG_PATH": str(home / "logs"),
            "PYTHONPATH": str(PROJECT),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    nodes = json.loads((home / "target" / "manifest.json").read_text())["nodes"].values()
    return Engine(
        {
            node["name"]: node["compiled_code"]
            for node in nodes
            if node["resource_type"] == "model" and node["name"] in (*MODELS, *MARTS)
        }
    )

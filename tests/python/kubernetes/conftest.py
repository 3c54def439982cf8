"""The models that divide clusters as dbt compiles them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.python.kubernetes.clusters import MODELS, Clusters

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Clusters:
    """Return the models, ready to divide clusters."""
    home = tmp_path_factory.mktemp("kubernetes_home")
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
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    nodes = json.loads((home / "target" / "manifest.json").read_text())["nodes"].values()
    compiled = {
        node["name"]: (node["schema"], node["compiled_code"])
        for node in nodes
        if node["resource_type"] == "model" and node["name"] in MODELS
    }
    return Clusters({name: compiled[name] for name in MODELS})

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def ownership_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The compiled SQL of the ownership models by relation name, in the order in which they are built."""
    home = tmp_path_factory.mktemp("compile")
    (home / "warehouse").mkdir()
    environment = {
        **os.environ,
        "TIEOUT_HOME": str(home),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "logs"),
        "PYTHONPATH": str(PROJECT),
    }
    selected = ["--select", "path:models/ownership"]
    command = [str(Path(sys.executable).with_name("dbt")), "compile", *selected]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    nodes = json.loads((home / "target" / "manifest.json").read_text())["nodes"]
    models = {name: node for name, node in nodes.items() if node.get("compiled") and node["schema"] == "ownership"}
    in_order: dict[str, str] = {}
    while len(in_order) < len(models):
        for name, node in models.items():
            needed = {parent for parent in node["depends_on"]["nodes"] if parent in models}
            if name not in in_order and needed <= set(in_order):
                in_order[name] = node["compiled_code"]
    return {models[name]["name"]: sql for name, sql in in_order.items() if models[name]["resource_type"] == "model"}

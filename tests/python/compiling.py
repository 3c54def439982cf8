"""The project's SQL as dbt compiles it, without a warehouse, for tests that run it by itself."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from orchestration.home import Home
from orchestration.versions import PROJECT
from orchestration.warehouse.dbt_project import dbt_environment, dbt_executable


def compiled_models(folder: Path, *selected: str) -> dict[str, dict[str, Any]]:
    """Return the compiled nodes of the models that dbt selects, by name; ``folder`` is dbt's to write to."""
    _compile(folder, "--select", *selected)
    manifest = json.loads((Home(folder).dbt / "target" / "manifest.json").read_text(encoding="utf-8"))
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node.get("compiled")
    }


def compiled_sql(folder: Path, *models: str) -> dict[str, str]:
    """Return the compiled SQL of models, in the order in which they are named."""
    nodes = compiled_models(folder, *models)
    return {name: nodes[name]["compiled_code"] for name in models}


def compiled_text(folder: Path, template: str) -> str:
    """Return what becomes of a template that calls the project's macros."""
    text: str = json.loads(_compile(folder, "--inline", template, "--output", "json"))["compiled"]
    return text


def _compile(folder: Path, *arguments: str) -> str:
    home = Home(folder)
    home.warehouse.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [str(dbt_executable()), "--quiet", "compile", "--no-introspect", "--no-populate-cache", *arguments],
        cwd=PROJECT,
        env=os.environ | dbt_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

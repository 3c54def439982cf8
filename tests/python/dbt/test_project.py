"""The dbt project by itself: every unit test passes, and an estate without a single delivery builds and ties."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from orchestration.runs import steps
from orchestration.runs.workspace import Workspace
from orchestration.versions import PROJECT
from orchestration.warehouse.connection import MEMORY_LIMIT
from orchestration.warehouse.dbt_project import dbt_environment, dbt_executable


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """What `dbt build` did, unit tests included, over a warehouse whose landing holds nothing."""
    folder: Path = tmp_path_factory.mktemp("dbt")
    (folder / "exports").mkdir()
    (folder / "estate.yml").write_text(
        "reporting_currency: USD\nsources:\n  - {id: nothing, kind: focus, location: ./exports}\n"
    )
    workspace = Workspace.of(folder / "estate.yml", folder / "home")
    steps.write_policy_step(workspace)
    steps.register_step(workspace, "2026-10")
    finished = subprocess.run(
        [str(dbt_executable()), "--warn-error", "build", "--select", "resource_type:model"],
        cwd=PROJECT,
        env={**os.environ, **dbt_environment(workspace.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    path = workspace.home.dbt / "target" / "run_results.json"
    assert path.exists(), finished.stdout + finished.stderr
    return [
        {"id": result["unique_id"], "status": result["status"], "message": str(result["message"])}
        for result in json.loads(path.read_text())["results"]
    ]


def test_every_unit_test_passes(results):
    units = [result for result in results if result["id"].startswith("unit_test.")]
    assert len(units) > 50
    assert [unit for unit in units if unit["status"] != "pass"] == []


def test_every_model_and_data_test_holds_over_nothing(results):
    others = [result for result in results if not result["id"].startswith("unit_test.")]
    assert [other for other in others if other["status"] not in ("success", "pass", "no-op")] == []


def test_dbt_and_the_rest_of_a_run_have_the_same_memory_limit():
    assert f"env_var('TIEOUT_MEMORY_LIMIT', '{MEMORY_LIMIT}')" in (PROJECT / "profiles.yml").read_text(encoding="utf-8")

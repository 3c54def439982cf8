"""`landing.last_build`: only a build that made every table says which periods the tables are of."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import duckdb

from orchestration.runs import steps
from orchestration.runs.workspace import Workspace
from orchestration.versions import PROJECT
from orchestration.warehouse.dbt_project import dbt_environment, dbt_executable


def test_a_whole_build_is_noted_and_any_other_forgets_it(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "estate.yml").write_text(
        "reporting_currency: USD\nsources:\n  - {id: nothing, kind: focus, location: ./exports}\n"
    )
    workspace = Workspace.of(tmp_path / "estate.yml", tmp_path / "home")
    policy = steps.write_policy_step(workspace)
    steps.register_step(workspace, "2026-10")

    def dbt(*arguments: str) -> None:
        command = [str(dbt_executable()), "--quiet", *arguments]
        environment = {**os.environ, **dbt_environment(workspace.home)}
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def noted() -> list[tuple[str, str]] | None:
        with duckdb.connect(str(workspace.home.warehouse_file)) as connection:
            try:
                return connection.execute("select billing_period, policy_revision from landing.last_build").fetchall()
            except duckdb.CatalogException:
                return None

    dbt("run")
    assert noted() == [("2026-10", policy.revision)]
    dbt("test", "--select", "dim_cost_domains", "--exclude", "test_type:unit")
    assert noted() == [("2026-10", policy.revision)], "tests make nothing"
    dbt("run", "--empty")
    assert noted() is None, "tables without rows are of no period"
    dbt("run")
    dbt("run", "--select", "dim_cost_domains")
    assert noted() is None

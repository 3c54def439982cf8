"""A built estate for tests: the sample, landed, and its splits made by dbt."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from orchestration.estate import load_estate
from orchestration.home import Home
from orchestration.landing import INVOICES, land_source, register
from orchestration.policy import load_policy, write_policy
from orchestration.sample import write_sample
from orchestration.versions import PROJECT
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_project import dbt_environment, dbt_executable
from tests.python.allocation.boundary_estate import write_boundary_estate


@dataclass(frozen=True)
class BuiltEstate:
    """Where the sample estate and its warehouse are."""

    root: Path
    home: Home

    @classmethod
    def of_sample(cls, folder: Path, rows: int) -> BuiltEstate:
        """Make the sample estate, land it, write its policy and build everything up to the splits."""
        write_sample(folder / "estate", rows=rows)
        built = cls(folder / "estate", Home.of(folder / "home"))
        built.land()
        built.run(
            *("--select", "+fct_allocated_costs", "+focus_allocated_cost_and_usage"),
            *("+fct_kubernetes_costs", "+fct_ai_costs", "+rpt_gpu_idle", "+rpt_ai_budgets"),
        )
        return built

    @classmethod
    def of_boundaries(cls, folder: Path) -> BuiltEstate:
        """Make the estate of the 17th, build the charges of both its months, and all else of the second."""
        write_boundary_estate(folder / "estate")
        built = cls(folder / "estate", Home.of(folder / "home"))
        built.land()
        built.run("--select", "+int_period_identities")
        built.land(["2026-09"])
        built.run(
            *("--select", "+audit_shares", "+audit_thresholds", "+allocation_method_comparison"),
            *("+fct_pool_chains", "+focus_allocated_cost_and_usage", "--indirect-selection", "buildable"),
            *("--exclude-resource-type", "seed", "--exclude-resource-type", "unit_test"),
            command="build",
        )
        return built

    def land(self, billing_periods: list[str] | None = None) -> None:
        """Land every source, and write policy and scope into the warehouse."""
        estate = load_estate(self.root / "estate.yml")
        for source in estate.sources:
            assert not land_source(source, self.home).refusals
        INVOICES.land(estate, self.home)
        policy = load_policy(estate.policy)
        with connect(self.home) as connection:
            register(
                connection,
                self.home,
                estate,
                billing_periods=billing_periods,
                policy_revision=policy.revision,
                code_version="test",
            )
            write_policy(connection, policy)

    def run(self, *arguments: str, command: str = "run", **environment: str) -> None:
        """Run dbt models of the estate; ``environment`` goes before what a run would set."""
        environment = os.environ | dbt_environment(self.home) | environment
        words = [str(dbt_executable()), "--quiet", command, *arguments]
        done = subprocess.run(words, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def files(self, model: str) -> dict[str, tuple[int, str]]:
        """Return moment of writing and sha256 of each partition file of a model, by its partition."""
        folder = self.home.facts / model
        return {
            str(path.parent.relative_to(folder)): (
                path.stat().st_mtime_ns,
                hashlib.sha256(path.read_bytes()).hexdigest(),
            )
            for path in sorted(folder.rglob("data.parquet"))
        }

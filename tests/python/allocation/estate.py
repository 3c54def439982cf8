"""A built estate for tests: the sample, landed, and its splits made by dbt."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from orchestration.estate import load_estate
from orchestration.home import Home
from orchestration.landing import land_invoices, land_source, register
from orchestration.policy import load_policy, write_policy
from orchestration.sample import write_sample
from orchestration.versions import PROJECT
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_project import dbt_environment, dbt_executable


@dataclass(frozen=True)
class BuiltEstate:
    """Where the sample estate and its warehouse are."""

    root: Path
    home: Home

    @classmethod
    def of_sample(cls, folder: Path, rows: int) -> BuiltEstate:
        """Make the sample estate, land it, write its policy and build everything up to the splits."""
        write_sample(folder / "estate", rows=rows)
        estate = load_estate(folder / "estate" / "estate.yml")
        home = Home.of(folder / "home")
        for source in estate.sources:
            assert not land_source(source, home).refusals
        land_invoices(estate, home)
        policy = load_policy(estate.policy)
        with connect(home) as connection:
            register(connection, home, estate, policy_revision=policy.revision, code_version="test")
            write_policy(connection, policy)
        built = cls(folder / "estate", home)
        built.run("--select", "+fct_allocated_costs", "+focus_allocated_cost_and_usage")
        return built

    def run(self, *arguments: str) -> None:
        """Run dbt models of the estate."""
        environment = os.environ | dbt_environment(self.home)
        command = [str(dbt_executable()), "--quiet", "run", *arguments]
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
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

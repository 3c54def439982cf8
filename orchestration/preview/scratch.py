"""A copy of the warehouse in which the models of ownership and allocation run again under any policy.

Facts are not copied: the copy reads the partition files where they lie. The models are those of the project, as dbt
compiled them for the last run; only those that a policy can change are run, without dbt.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.landing import set_scope
from orchestration.policy import Policy, write_policy
from orchestration.versions import PROJECT
from orchestration.warehouse.building import has_views
from orchestration.warehouse.connection import connect, memory_limit
from orchestration.warehouse.dbt_project import dbt_manifest, project_version, run_dbt

SPLITS = "fct_charge_splits"
LEDGER = "fct_allocated_costs"
ACCURACY = "kpi_allocation_accuracy"
CHARGES = "int_charges"
DAYS = "int_charge_days"
OWNERS = "int_charge_owners"
DOMAINS = "dim_cost_domains"
FACT = "focus_cost_and_usage"


class Scratch:
    """The copy. Use it as a context manager: it is removed at the end.

    Args:
        home: whose warehouse is copied.
        folder: where the copy lies for the time being.
        billing_period: the only period it computes.

    Raises:
        ConfigurationError: the home has no warehouse yet, or another code built it.
    """

    def __init__(self, home: Home, folder: Path, billing_period: str) -> None:
        self._home = home
        self._folder = folder
        self.billing_period = billing_period
        self._manifest = dbt_manifest(home)
        self._check()

    def __enter__(self) -> Scratch:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        shutil.copyfile(self._home.warehouse_file, self._folder / "tieout.duckdb")
        self.connection = duckdb.connect(
            str(self._folder / "tieout.duckdb"),
            config={
                "memory_limit": memory_limit(),
                "temp_directory": str(self._folder / "tmp"),
                "autoinstall_known_extensions": False,
            },
        )
        self.connection.execute("set TimeZone = 'UTC'")
        set_scope(self.connection, [self.billing_period])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _check(self) -> None:
        if not self._home.warehouse_file.exists():
            raise ConfigurationError(
                str(self._home.root),
                found="no warehouse",
                expected="a home in which the estate was run",
                cure="Run it once with `tieout run`, or name the right home with --home.",
            )
        with closing(connect(self._home, read_only=True)) as connection:
            is_of_this_code = has_views(connection, project_version())
            # a warehouse that nothing was built in, such as one that was lost, has no partitions to look at either
            has_period = (
                is_of_this_code
                and connection.execute(
                    "select 1 from landing.partitions where billing_period = ?", [self.billing_period]
                ).fetchone()
            )
        if not is_of_this_code:
            raise ConfigurationError(
                str(self._home.warehouse_file),
                found="a warehouse that was built by another version of the project",
                expected="one that the current version built: the preview reads its charges",
                cure=f"Run `tieout run --period {self.billing_period}` first.",
            )
        if not has_period:
            raise ConfigurationError(
                f"--period {self.billing_period}",
                found="no delivery for that billing period",
                expected="a period that was run before",
                cure="`tieout status` lists the periods there are.",
            )

    def put_policy(self, policy: Policy) -> None:
        """Make ``policy`` the one that the models read."""
        write_policy(self.connection, policy)

    @cached_property
    def _nodes(self) -> dict[str, Mapping[str, Any]]:
        """Models by name."""
        return {
            str(node["name"]): node
            for node in self._manifest["nodes"].values()
            if node["resource_type"] == "model" and node["package_name"] == "tieout"
        }

    def _parents(self, name: str) -> list[str]:
        ids = self._nodes[name]["depends_on"]["nodes"]
        return [identifier.split(".")[-1] for identifier in ids if identifier.startswith("model.")]

    def _ancestors(self, names: Iterable[str]) -> list[str]:
        """Return the models that ``names`` are made of and themselves, each after what it reads."""
        order: list[str] = []

        def visit(name: str) -> None:
            if name in order:
                return
            if name != FACT:
                for parent in self._parents(name):
                    visit(parent)
            order.append(name)

        for name in names:
            visit(name)
        return order

    @cached_property
    def _policy_dependent(self) -> set[str]:
        """Models that a policy can change: what reads a policy seed, and what reads that."""
        return self._dependent_on(
            {
                identifier
                for identifier, node in self._manifest["nodes"].items()
                if node["resource_type"] == "seed" and node["schema"] == "policy"
            }
        )

    def _dependent_on(self, seeds: set[str]) -> set[str]:
        found: set[str] = set()
        for name in self._ancestors(self._nodes):
            if seeds & set(self._nodes[name]["depends_on"]["nodes"]) or found & set(self._parents(name)):
                found.add(name)
        return found

    def decisions_touched_by(self, tables: Iterable[str]) -> list[str]:
        """Return the decisions that a change of these policy tables can change."""
        touched = self._dependent_on({f"seed.tieout.{table}" for table in tables})
        return [name for name in self.decisions if name in touched]

    def is_decided_under(self, policy: Policy) -> bool:
        """Tell whether the warehouse's tables are those of this period, and no other, under ``policy``."""
        try:
            built = self.connection.execute("select billing_period, policy_revision from landing.last_build").fetchall()
        except duckdb.CatalogException:
            return False
        return built == [(self.billing_period, policy.revision)]

    def _inner(self, names: list[str]) -> list[str]:
        return [
            name
            for name in names
            if self._nodes[name]["fqn"][1] not in ("staging", "focus", "audit")
            and name not in (FACT, SPLITS, LEDGER)
            and not name.startswith("int_split_")
        ]

    @cached_property
    def _standing(self) -> set[str]:
        """Models with partitions of their own that no policy changes: the copy reads them where they lie."""
        return {
            name
            for name in self._nodes
            if name not in self._policy_dependent and self._nodes[name]["config"]["materialized"] == "partitioned"
        }

    @cached_property
    def facts_of_the_period(self) -> list[str]:
        """Models between charges and owners that no policy changes."""
        names = self._inner(self._ancestors([SPLITS, ACCURACY]))
        return [name for name in names if name not in self._policy_dependent | self._standing]

    @cached_property
    def decisions(self) -> list[str]:
        """Models that decide who bears what, up to the splits."""
        wanted = [parent for parent in self._parents(SPLITS) if not parent.startswith("int_split_")]
        names = self._inner(self._ancestors([*wanted, DOMAINS, "int_reporting_rates"]))
        return [name for name in names if name in self._policy_dependent]

    @cached_property
    def results(self) -> list[str]:
        """Models from the ledger to the accuracy index."""
        done = {*self.decisions, *self.facts_of_the_period, *self._standing}
        return [name for name in self._inner(self._ancestors([ACCURACY])) if name not in done]

    @cached_property
    def inputs_of_splits(self) -> list[str]:
        """Models that the splits read and a policy can change."""
        return [name for name in self._parents(SPLITS) if name in self.decisions]

    def relation(self, name: str) -> str:
        """Return a model's relation as compiled SQL writes it."""
        node = self._nodes[name]
        return f'"tieout"."{node["schema"]}"."{node["alias"]}"'

    def compiled(self, name: str) -> str:
        """Return a model's SQL."""
        return self._compiled_file(name).read_text(encoding="utf-8")

    def _compiled_file(self, name: str) -> Path:
        path = self._home.dbt / "target" / "compiled" / "tieout" / str(self._nodes[name]["original_file_path"])
        if not path.exists():
            self._compile()
        return path

    def _compile(self) -> None:
        finished = run_dbt(self._home, "compile", "--no-introspect")
        if finished.returncode:
            raise ConfigurationError(
                str(PROJECT),
                found=f"models that dbt cannot compile: {(finished.stdout + finished.stderr).strip()}",
                expected="models that compile",
                cure="Correct what dbt names.",
            )

    def run(self, names: Iterable[str]) -> None:
        """Make the relations of models again."""
        for name in names:
            kind = "view" if self._nodes[name]["config"]["materialized"] == "view" else "table"
            self.replace(name, kind, self.compiled(name))

    def replace(self, name: str, kind: str, sql: str) -> None:
        """Make a model's relation from other SQL than its own."""
        node = self._nodes[name]
        old = self.connection.execute(
            "select table_type from information_schema.tables"
            " where table_catalog = 'tieout' and table_schema = ? and table_name = ?",
            [node["schema"], node["alias"]],
        ).fetchone()
        if old is not None:
            self.connection.execute(f"drop {'view' if old[0] == 'VIEW' else 'table'} {self.relation(name)}")
        self.connection.execute(f'create schema if not exists "{node["schema"]}"')
        self.connection.execute(f"create {kind} {self.relation(name)} as ({sql}\n)")

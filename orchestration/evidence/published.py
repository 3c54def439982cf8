"""One publication, open for questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.policy import Policy, read_kept_policy
from orchestration.publishing import Publication, current_publication
from orchestration.publishing.table import Table, parquet_scan

LATER_COLUMNS = {
    "fct_allocation_shares": {
        "window_hour": "cast(-1 as integer)",
        "limited_by": "cast(null as varchar)",
        "attempt": "cast(0 as integer)",
        "attempt_reason": "cast(null as varchar)",
        "resolution": "cast(null as varchar)",
    },
    "allocation_methodology": {"review_months": "cast(null as integer)"},
    "fct_driver_quantities": {"window_hour": "cast(-1 as integer)", "attempt": "cast(0 as integer)"},
}
"""Columns that publications of older code do not have, and what they would hold: a closed period keeps its columns."""


class Published:
    """A publication's tables over one connection, and its policy.

    Args:
        home: where it lies.
        publication: which one.
    """

    def __init__(self, home: Home, publication: Publication) -> None:
        self.home = home
        self.publication = publication
        self._tables = {table.name: table for table in publication.tables()}
        self._connection = duckdb.connect(config={"autoinstall_known_extensions": False})
        self._connection.execute("set TimeZone = 'UTC'")

    @classmethod
    def of(cls, home: Home, billing_period: str, number: int | None = None) -> Published:
        """Open a publication: the current one, or a number.

        Raises:
            ConfigurationError: there is no such publication.
        """
        current = current_publication(home, billing_period)
        if current is None:
            known = sorted(path.name for path in home.publications.glob("*/current"))
            periods = sorted(path.parent.name for path in home.publications.glob("*/current"))
            raise ConfigurationError(
                f"billing period {billing_period}",
                found=f"no publication in {home.root}",
                expected=f"one of the published periods: {', '.join(periods) if known else 'none yet'}",
                cure="Check the period and --home; `tieout run` publishes.",
            )
        folder = home.publications / billing_period / str(number)
        if number is None or number == current.number:
            return cls(home, current)
        if not folder.is_dir():
            numbers = sorted(int(path.name) for path in folder.parent.iterdir() if path.name.isdigit())
            raise ConfigurationError(
                f"--publication {number}",
                found="no such publication",
                expected=f"one of {', '.join(map(str, numbers))}",
                cure="Leave the option out for the current one.",
            )
        return cls(home, Publication(billing_period, number, folder))

    def __enter__(self) -> Published:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    @property
    def billing_period(self) -> str:
        """The month, YYYY-MM."""
        return self.publication.billing_period

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The publication's manifest."""
        return self.publication.manifest()

    @cached_property
    def policy(self) -> Policy:
        """The policy that it was published under.

        Raises:
            ConfigurationError: its files are not in the home.
        """
        return read_kept_policy(self.home, self.manifest["inputs"]["policy_revision"])

    @property
    def provenance(self) -> str:
        """Where figures come from, in one sentence."""
        inputs = self.manifest["inputs"]
        return (
            f"Billing period {self.billing_period}, publication {self.publication.number}; policy "
            f"{inputs['policy_revision'][:12]}, code {inputs['code_version']}; gate "
            f"{self.manifest['gate']['verdict'].replace('_', ' ')}. Amounts are exact, in their billing currency."
        )

    def scan(self, table: str, sources: Sequence[str] | None = None) -> str:
        """Return the SQL that reads a table, or only those of its files that hold given sources.

        Raises:
            ConfigurationError: the publication has no such table.
        """
        found = self._tables.get(table)
        if found is None:
            raise ConfigurationError(
                str(self.publication.folder),
                found=f"no table {table}",
                expected="a publication with its evidence",
                cure=f"Publish the period again with `tieout run --period {self.billing_period}`.",
            )
        if sources is None:
            return _with_later_columns(found, found.scan(self.publication.folder))
        wanted = {f"{column}={source}" for column in ("source_id", "x_source_id") for source in sources}
        files = tuple(file for file in found.files if wanted & set(Path(file).parts))
        return _scan_of(found, files, self.publication.folder)

    def has(self, table: str) -> bool:
        """Tell whether the publication has a table: one of older code lacks those that came later."""
        return table in self._tables

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query by column name."""
        cursor = self._connection.execute(query, dict(parameters or {}))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def register(self, name: str, rows: Any) -> None:
        """Give an Arrow table a name that queries can read."""
        self._connection.register(name, rows)


def _with_later_columns(table: Table, scan: str) -> str:
    there = {column.name for column in table.columns}
    later = [f"{value} as {name}" for name, value in LATER_COLUMNS.get(table.name, {}).items() if name not in there]
    return f"(select *, {', '.join(later)} from {scan})" if later else scan  # noqa: S608


def _scan_of(table: Table, files: tuple[str, ...], folder: Path) -> str:
    types = {column.name: column.type for column in table.columns}
    if not files:
        columns = ", ".join(f'cast(null as {column.type}) as "{column.name}"' for column in table.columns)
        return f"(select {columns} where false)"
    return parquet_scan([folder / file for file in files], {key: types[key] for key in table.partition_by})

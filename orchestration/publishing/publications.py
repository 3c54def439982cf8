"""Writing a publication so that readers never see half of one, and finding those that exist."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home import Home
from orchestration.publishing import database, manifest
from orchestration.publishing.closing import refuse_closed
from orchestration.publishing.files import flush, make_durable, make_read_only, point, remove_leftovers
from orchestration.publishing.manifest import Evidence, manifest_text, read_manifest
from orchestration.publishing.models import PublishedModel
from orchestration.publishing.table import Table
from orchestration.publishing.tables import describe_table, write_tables

CURRENT = "current"


@dataclass(frozen=True)
class Publication:
    """One numbered publication of a billing period.

    Attributes:
        billing_period: ``YYYY-MM``.
        number: 1 for the first of the period.
        folder: where it is; nothing in it ever changes.
        is_new: whether this call wrote it; False when the same content was published before.
    """

    billing_period: str
    number: int
    folder: Path
    is_new: bool = False

    def manifest(self) -> dict[str, Any]:
        """Return its manifest."""
        return read_manifest(self.folder)

    def tables(self) -> list[Table]:
        """Return its tables."""
        return [Table.of_entry(name, entry) for name, entry in self.manifest()["tables"].items()]


def publish(
    home: Home,
    billing_period: str,
    *,
    connection: duckdb.DuckDBPyConnection,
    models: list[PublishedModel],
    evidence: Evidence,
    announce: Callable[[str], None] = lambda step: None,
) -> Publication:
    """Publish a period's marts from the warehouse; the same content again is the same publication.

    Everything is written in a hidden folder beside its place, flushed, made read-only and renamed; the pointer
    ``current`` moves last. A crash at any point leaves the former publication as it was.

    Args:
        home: where publications are.
        billing_period: ``YYYY-MM``.
        connection: to the warehouse.
        models: the publish list.
        evidence: what the manifest says of inputs and checks.
        announce: told the name of each step before it is done.

    Raises:
        ConfigurationError: the period is closed; a published model was not built, or cannot stand alone.
    """
    refuse_closed(home, billing_period)
    period_folder = home.publications / billing_period
    period_folder.mkdir(parents=True, exist_ok=True)
    announce("clean up")
    remove_leftovers(period_folder)
    latest = max(_numbers(period_folder), default=0)
    place = period_folder / str(latest + 1)
    beside = period_folder / f".{latest + 1}.partial"

    announce("write tables")
    beside.mkdir()
    tables = write_tables(connection, home, billing_period, models, beside)
    announce("write database")
    statements = database.definitions(tables, place)
    _write_database(beside, place, statements)
    announce("write manifest")
    text = manifest_text(
        billing_period,
        evidence,
        {table.name: describe_table(connection, table, beside) for table in tables},
        {"path": database.FILE_NAME, "definitions_sha256": database.hash_of(statements, place)},
    )
    (beside / manifest.FILE_NAME).write_text(text, encoding="utf-8")

    if latest and (period_folder / str(latest) / manifest.FILE_NAME).read_text(encoding="utf-8") == text:
        announce("recognise")
        shutil.rmtree(beside)
        _make_current(home, billing_period, latest, announce)
        return Publication(billing_period, latest, period_folder / str(latest))
    announce("flush")
    make_read_only(beside)
    make_durable(beside)
    announce("rename")
    beside.rename(place)
    flush(period_folder)
    _make_current(home, billing_period, latest + 1, announce)
    return Publication(billing_period, latest + 1, place, is_new=True)


def current_publication(home: Home, billing_period: str) -> Publication | None:
    """Return the publication that readers of the period see, or None."""
    pointer = home.publications / billing_period / CURRENT
    if not pointer.is_symlink():
        return None
    number = int(pointer.readlink().name)
    return Publication(billing_period, number, pointer.parent / str(number))


def publications(home: Home) -> list[Publication]:
    """Return the current publication of every period, oldest period first."""
    if not home.publications.is_dir():
        return []
    found = (current_publication(home, folder.name) for folder in sorted(home.publications.iterdir()))
    return [publication for publication in found if publication is not None]


def _make_current(home: Home, billing_period: str, number: int, announce: Callable[[str], None]) -> None:
    announce("point")
    if (current := current_publication(home, billing_period)) is None or current.number != number:
        point(home.publications / billing_period / CURRENT, str(number))
    announce("open to all periods")
    _write_overview(home)


def _write_overview(home: Home) -> None:
    """Write ``publications/tieout.duckdb``: views over the current publication of every period."""
    remove_leftovers(home.publications)
    by_folder = {publication.folder: publication.tables() for publication in publications(home)}
    target = home.publications / database.FILE_NAME
    beside = target.with_name(f".{target.name}")
    database.write_database(beside, database.definitions_over(by_folder))
    beside.chmod(0o444)
    flush(beside)
    beside.replace(target)
    flush(home.publications)


def _write_database(beside: Path, place: Path, statements: list[str]) -> None:
    """Write the publication's DuckDB file, whose views name the place where the files are going to be.

    DuckDB looks at the files when it makes a view, so the place stands in for the folder beside while that lasts.
    """
    place.symlink_to(beside.name)
    try:
        database.write_database(beside / database.FILE_NAME, statements)
    finally:
        place.unlink()


def _numbers(folder: Path) -> list[int]:
    return [int(entry.name) for entry in folder.iterdir() if entry.name.isdigit() and not entry.is_symlink()]

"""What owners bore in the month before, as published: where the variance bridge of a billing period begins.

A publication never changes, so it is named and not copied: the manifest of the later one says which it was compared
with, and a replay reads the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home import Home
from orchestration.periods import month_before
from orchestration.publishing.files import sha256_of
from orchestration.publishing.manifest import FILE_NAME as MANIFEST
from orchestration.publishing.publications import Publication, current_publication
from orchestration.publishing.table import Table

OWNER_COSTS = "fct_owner_costs"


def publication_before(home: Home, billing_period: str) -> Publication | None:
    """Return the publication that a period's costs are compared with: the current one of the month before.

    None when that month has no publication, or one from before ``fct_owner_costs`` was published.
    """
    publication = current_publication(home, month_before(billing_period))
    return publication if publication and _owner_costs(publication) else None


def compared_publication(home: Home, manifest: Mapping[str, Any]) -> Publication | None:
    """Return the publication that a manifest says its period was compared with; None when it was with none."""
    named = manifest["inputs"].get("compared_with")
    if not named:
        return None
    folder = home.publications / named["billing_period"] / str(named["number"])
    return Publication(named["billing_period"], named["number"], folder)


def compared_files(publication: Publication) -> Iterator[Path]:
    """Return the files of a publication that a later period is compared with: its manifest, and its owners' costs."""
    yield publication.folder / MANIFEST
    table = _owner_costs(publication)
    yield from (publication.folder / file for file in (table.files if table else ()))


def write_costs_before(connection: duckdb.DuckDBPyConnection, billing_period: str, before: Publication | None) -> None:
    """Fill ``landing.compared_publications`` and ``landing.owner_costs_before``, both empty until then.

    Args:
        connection: to the warehouse, in which ``register`` has made schema ``landing``.
        billing_period: ``YYYY-MM``, the month that is about to be built.
        before: a publication of the month before; None leaves both tables empty.
    """
    table = _owner_costs(before) if before else None
    if before is None or table is None:
        return
    connection.execute(
        "insert into landing.compared_publications values (?, ?, ?, ?)",
        [
            billing_period,
            before.billing_period,
            before.number,
            sha256_of(before.folder / MANIFEST),
        ],
    )
    connection.execute(
        "insert into landing.owner_costs_before by name "  # noqa: S608
        f"select * replace (? as billing_period) from ({table.query(before.folder)})",
        [billing_period],
    )


def compared_with(connection: duckdb.DuckDBPyConnection, billing_period: str) -> dict[str, Any] | None:
    """Return what the manifest says of the publication compared with: month, number, manifest's SHA-256."""
    row = connection.execute(
        "select period_before, publication_before, manifest_sha256 from landing.compared_publications"
        " where billing_period = ?",
        [billing_period],
    ).fetchone()
    return dict(zip(("billing_period", "number", "manifest_sha256"), row, strict=True)) if row else None


def _owner_costs(publication: Publication) -> Table | None:
    return next((table for table in publication.tables() if table.name == OWNER_COSTS), None)

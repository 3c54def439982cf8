"""One published table: what it is, where its files are, and the SQL that reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.publishing.models import PERIOD_COLUMNS
from orchestration.warehouse.quoting import identifier, literal, literals

TAGS_FILE = "identity_tags.parquet"


@dataclass(frozen=True)
class Column:
    """A column of a published table: its name, DuckDB type and description."""

    name: str
    type: str
    description: str = ""


@dataclass(frozen=True)
class Table:
    """One published table or view, as it lies in a publication.

    Attributes:
        name: its name in schema ``finance``.
        description: what a reader is told.
        columns: its columns, in the order of the contract.
        files: its Parquet files, relative to the publication's folder; none for a view.
        partition_by: columns that are folder names and not in the files.
        view_sql: for a view, its query over ``finance.<table>`` relations; else None.
        has_tags: its ``Tags`` come as a MAP from the tags file, one row per identity.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    files: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    view_sql: str | None = None
    has_tags: bool = False

    @property
    def is_view(self) -> bool:
        """Whether it is a query over the other tables."""
        return self.view_sql is not None

    @property
    def by_period(self) -> bool:
        """Whether each row belongs to one billing period."""
        return any(column.name in PERIOD_COLUMNS for column in self.columns)

    @property
    def all_files(self) -> tuple[str, ...]:
        """Its files with the tags file, relative to the publication's folder."""
        return (*self.files, TAGS_FILE) if self.has_tags else self.files

    def scan(self, folder: Path) -> str:
        """Return the SQL that reads the table's own files in the publication at ``folder``."""
        types = {column.name: column.type for column in self.columns}
        return parquet_scan([folder / file for file in self.files], {key: types[key] for key in self.partition_by})

    def query(self, folder: Path) -> str:
        """Return the query whose result is the table, for the publication at ``folder``."""
        if self.view_sql is not None:
            return self.view_sql
        if not self.has_tags:
            return f"select {', '.join(identifier(column.name) for column in self.columns)} from {self.scan(folder)}"  # noqa: S608
        listed = ", ".join(
            f"{'identity_tags' if column.name == 'Tags' else 'charges'}.{identifier(column.name)}"
            for column in self.columns
        )
        tags = parquet_scan([folder / TAGS_FILE], {})
        return (
            f"select {listed} from {self.scan(folder)} as charges "  # noqa: S608
            f"left join {tags} as identity_tags on charges.x_identity_id = identity_tags.x_identity_id"
        )

    def entry(self) -> dict[str, Any]:
        """Return the manifest's entry for the table, without what depends on its rows."""
        content: dict[str, Any] = {
            "description": self.description,
            "columns": [
                {"name": column.name, "type": column.type, "description": column.description} for column in self.columns
            ],
        }
        if self.is_view:
            return content | {"kind": "view", "sql": self.view_sql}
        return content | {"kind": "parquet", "partition_by": list(self.partition_by), "tags_as_map": self.has_tags}

    @classmethod
    def of_entry(cls, name: str, entry: Mapping[str, Any]) -> Table:
        """Return the table that a manifest's entry describes."""
        files = tuple(file["path"] for file in entry.get("files", ()) if file["path"] != TAGS_FILE)
        return cls(
            name=name,
            description=entry["description"],
            columns=tuple(Column(**column) for column in entry["columns"]),
            files=files,
            partition_by=tuple(entry.get("partition_by", ())),
            view_sql=entry.get("sql"),
            has_tags=entry.get("tags_as_map", False),
        )


def parquet_scan(paths: list[Path], folder_columns: Mapping[str, str]) -> str:
    """Return the SQL that reads ``paths``; ``folder_columns`` (name → type) come from folder names."""
    listed = literals(paths)
    if not folder_columns:
        return f"read_parquet([{listed}], hive_partitioning = false)"
    types = ", ".join(f"{literal(column)}: {type_name}" for column, type_name in folder_columns.items())
    return f"read_parquet([{listed}], hive_partitioning = true, hive_types = {{{types}}})"

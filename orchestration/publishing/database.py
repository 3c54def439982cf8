"""The DuckDB files that people open: views over a publication's own Parquet, or over every current publication."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import duckdb

from orchestration.publishing.table import Table
from orchestration.warehouse.quoting import identifier, literal

FILE_NAME = "tieout.duckdb"


def definitions(tables: list[Table], folder: Path) -> list[str]:
    """Return the statements that define the views over the publication at ``folder``."""
    return _statements(tables, {table.name: table.query(folder) for table in tables})


def definitions_over(publications: Mapping[Path, list[Table]]) -> list[str]:
    """Return the statements that define views over several publications, oldest period first.

    A table whose rows belong to a period is the union of all; another one (a dimension) is the newest publication's.
    """
    newest = list(publications.values())[-1]
    queries: dict[str, str] = {}
    for table in newest:
        if table.is_view or not table.by_period:
            queries[table.name] = table.query(list(publications)[-1])
            continue
        parts = [
            other.query(folder)
            for folder, tables in publications.items()
            for other in tables
            if other.name == table.name and not other.is_view
        ]
        listed = ", ".join(identifier(column.name) for column in table.columns)
        queries[table.name] = f"select {listed} from ({' union all by name '.join(parts)})"  # noqa: S608
    return _statements(newest, queries)


def write_database(target: Path, statements: list[str]) -> None:
    """Write a DuckDB file at ``target`` that holds what ``statements`` define, and nothing else."""
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target), config={"threads": 1}) as connection:
        for statement in statements:
            connection.execute(statement)


def hash_of(statements: list[str], folder: Path) -> str:
    """Return the SHA-256 of definitions without the folder's place, so that it is the same wherever the home is."""
    return hashlib.sha256(";\n".join(statements).replace(f"{folder}/", "").encode()).hexdigest()


def _statements(tables: list[Table], queries: Mapping[str, str]) -> list[str]:
    """Return the DDL: ``finance.<name>``, and ``main.<name>`` so that an unqualified name finds the same rows."""
    statements = ["create schema finance"]
    for table in sorted(tables, key=lambda table: (table.is_view, table.name)):
        listed = ", ".join(identifier(column.name) for column in table.columns)
        finance, main = f"finance.{identifier(table.name)}", f"main.{identifier(table.name)}"
        statements.append(f"create view {finance} as {queries[table.name]}")
        statements.append(f"create view {main} as select {listed} from {finance}")  # noqa: S608
        for view in (finance, main):
            if table.description:
                statements.append(f"comment on view {view} is {literal(table.description)}")
            statements.extend(
                f"comment on column {view}.{identifier(column.name)} is {literal(column.description)}"
                for column in table.columns
                if column.description
            )
    return statements

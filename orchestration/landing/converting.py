"""Inspecting and converting the files of one run, each at most once, several at a time."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import duckdb

from orchestration.errors import DeliveryRefused
from orchestration.landing.archives import is_archive, unpack
from orchestration.landing.declared import DeclaredTable
from orchestration.landing.documents import document_text, inspect_document, write_rows
from orchestration.landing.focus_versions import columns_of_other_versions, detect_version
from orchestration.landing.inspection import Inspection, inspect_file
from orchestration.landing.json_lines import JSON_LINES, json_lines_to_parquet
from orchestration.landing.kinds.base import Kind, Rows
from orchestration.landing.readers import FoundColumn, convert, found_columns, map_columns, time_range
from orchestration.landing.store import Store, StoredFile
from orchestration.warehouse.connection import memory_limit


@dataclass(frozen=True)
class Converted:
    """A file as text-typed Parquet.

    Attributes:
        stored: the file as listed.
        sha256: of the file as delivered.
        parquet: where its rows are.
        rows: data rows.
        found: its column names, in file order, in the spelling of the kind.
        matched: declared columns it has.
        absent: declared columns it lacks (for FOCUS files: of the FOCUS columns of its version).
        undeclared: columns that are not declared.
        focus_version: the version its columns are of, for FOCUS-shaped kinds.
        types: kind of type of its columns, where they hold anything; empty for CSV, which has none.
    """

    stored: StoredFile
    sha256: str
    parquet: Path
    rows: int
    found: tuple[str, ...]
    matched: frozenset[str]
    absent: tuple[str, ...]
    undeclared: tuple[str, ...]
    focus_version: str | None
    types: dict[str, str]


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """Return an in-memory connection for landing, which spills to ``folder`` and keeps the order of rows."""
    con = duckdb.connect()
    folder.mkdir(parents=True, exist_ok=True)
    con.execute("set TimeZone = 'UTC'")
    con.execute("set preserve_insertion_order = true")
    con.execute("set memory_limit = $1", [memory_limit()])
    con.execute("set temp_directory = $1", [str(folder)])
    con.execute("set autoinstall_known_extensions = false")
    return con


class Converter:
    """Converts files of one location, and remembers what it did for as long as it lives.

    Args:
        con: the landing connection; each file is converted on a cursor of its own.
        store: the location.
        table: the declared table of the kind.
        folder: a working folder that the caller removes.
        say: called with a line about each file.
        kind: how its files are read where they are no tables, and its columns named where files differ.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        store: Store,
        table: DeclaredTable,
        folder: Path,
        say: Callable[[str], None],
        kind: Kind,
    ) -> None:
        self._con = con
        self._store = store
        self._table = table
        self._folder = folder
        self._say = say
        self._kind = kind
        self._inspected: dict[str, tuple[Path, Inspection]] = {}
        self._converted: dict[str, Converted] = {}

    def inspect(self, stored: Sequence[StoredFile]) -> list[Inspection]:
        """Fetch and read files once, several at a time.

        Raises:
            DeliveryRefused: for the first of them, in order, that cannot be used.
        """
        with ThreadPoolExecutor(max_workers=_workers()) as pool:
            return list(pool.map(self._inspect, stored))

    def convert(
        self, stored: Sequence[StoredFile], constants: Mapping[str, Mapping[str, str]] | None = None
    ) -> list[Converted]:
        """Convert files, several at a time.

        Args:
            stored: the files.
            constants: by path, what holds for every row of a file and is not in it: declared column → value.

        Raises:
            DeliveryRefused: for the first of them, in order, that cannot be used.
        """
        with ThreadPoolExecutor(max_workers=_workers()) as pool:
            return list(pool.map(partial(self._convert, constants=constants or {}), stored))

    def stamps(
        self, stored: Sequence[StoredFile], column: str
    ) -> list[tuple[str, tuple[dt.datetime, dt.datetime] | None]]:
        """Return each file's hash, and the first and last time in a column of it: nothing else of it is read.

        Raises:
            DeliveryRefused: for the first of them, in order, that cannot be used.
        """
        with ThreadPoolExecutor(max_workers=_workers()) as pool:
            return list(pool.map(lambda file: self._stamps(file, column), stored))

    def _stamps(self, stored: StoredFile, column: str) -> tuple[str, tuple[dt.datetime, dt.datetime] | None]:
        inspection = self._inspect(stored)
        local, _ = self._inspected[stored.path]
        with self._con.cursor() as con:
            return inspection.sha256, time_range(con, local, stored.path, inspection, column)

    def _inspect(self, stored: StoredFile) -> Inspection:
        if stored.path not in self._inspected:
            local = self._store.fetch(stored.path, self._folder / "fetched")
            rows_file = self._folder / f"{_file_key(stored.path)}.rows.parquet"
            inspection = self._read_once(local, stored.path, rows_file)
            if inspection.size != stored.size:
                raise DeliveryRefused(
                    stored.path,
                    found=f"{inspection.size} bytes",
                    expected=f"{stored.size} bytes, as listed",
                    cure="The file changed while it was read; run again.",
                )
            if is_archive(stored.path):
                local = self._unpacked(stored.path)
            if self._kind.to_rows and self._is_document(stored.path):
                rows = self._kind.to_rows(stored.path, document_text(local, stored.path))
                write_rows(rows, rows_file)
                inspection = replace(inspection, types=rows.types if isinstance(rows, Rows) else {})
            if rows_file.exists():
                local = rows_file
            self._inspected[stored.path] = (local, inspection)
        return self._inspected[stored.path][1]

    def _read_once(self, local: Path, path: str, rows_file: Path) -> Inspection:
        if self._is_document(path):
            return inspect_document(local)
        if JSON_LINES.search(path):
            return json_lines_to_parquet(local, path, rows_file)
        if not is_archive(path):
            return inspect_file(local, path)
        delivered = inspect_document(local)
        unpack(local, path, self._unpacked(path))
        return replace(inspect_file(self._unpacked(path), path), sha256=delivered.sha256, size=delivered.size)

    def _is_document(self, path: str) -> bool:
        documents = self._kind.documents
        return self._kind.to_rows is not None and (documents is None or documents.search(path) is not None)

    def _unpacked(self, path: str) -> Path:
        return self._folder / f"{_file_key(path)}.unpacked.csv"

    def _convert(self, stored: StoredFile, constants: Mapping[str, Mapping[str, str]]) -> Converted:
        if stored.path in self._converted:
            return self._converted[stored.path]
        inspection = self._inspect(stored)
        local, _ = self._inspected[stored.path]
        with self._con.cursor() as con:
            found = found_columns(con, local, stored.path, inspection)
            types = _types(found, inspection)
            names = tuple(column.name for column in found)
            if self._kind.column_names:
                spelled = dict(zip(names, self._kind.column_names(names), strict=True))
                names = tuple(spelled.values())
                types = {spelled[name]: kind for name, kind in types.items()}
                found = [replace(column, name=name) for column, name in zip(found, names, strict=True)]
            if self._kind.check_columns:
                self._kind.check_columns(stored.path, names)
            version = detect_version(names, stored.path) if self._table.is_focus else None
            given = dict(constants.get(stored.path, {}))
            given |= self._kind.constants_of(stored.path) if self._kind.constants_of else {}
            mapping = map_columns(found, self._table, stored.path, given)
            _refuse_absent(self._table, mapping.absent, stored.path, names)
            target = self._folder / f"{_file_key(stored.path)}.parquet"
            rows = convert(con, local, stored.path, inspection, found, mapping, self._table, target)
        absent = mapping.absent
        if version:
            others = columns_of_other_versions(version)
            absent = tuple(name for name in absent if name not in others and not name.startswith("x_"))
        self._converted[stored.path] = Converted(
            stored=stored,
            sha256=inspection.sha256,
            parquet=target,
            rows=rows,
            found=names,
            matched=frozenset(mapping.columns),
            absent=absent,
            undeclared=mapping.undeclared,
            focus_version=version,
            types=types,
        )
        self._say(f"{stored.path}: {rows} rows")
        return self._converted[stored.path]


def _types(found: Sequence[FoundColumn], inspection: Inspection) -> dict[str, str]:
    if inspection.types is not None:
        return {column.name: inspection.types[column.name] for column in found if column.name in inspection.types}
    return {column.name: column.type_kind for column in found} if inspection.file_format == "parquet" else {}


def _file_key(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:24]


def _refuse_absent(table: DeclaredTable, absent: tuple[str, ...], path: str, found: tuple[str, ...]) -> None:
    for column in table.columns:
        if column.required and column.name in absent:
            what = "money column" if column.name == table.money else "key column"
            raise DeliveryRefused(
                path,
                found=f"no {what} {column.name} among its {len(found)} columns",
                expected=f"the columns of a {table.kind} export, {column.name} among them",
                cure=column.cure
                or "Check that the source's kind matches the export, and that the export includes this column.",
            )


def _workers() -> int:
    return min(4, os.cpu_count() or 1)

"""Writing files the same way every time, and remembering what was written."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from orchestration.sample.calendar import Month
from orchestration.sample.money import Ints

CHUNK = 50_000


@dataclass(frozen=True)
class WrittenFile:
    """A data file: path relative to the source's location, data rows, bytes, sha256."""

    path: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Placed:
    """Lines of a billing month as they stand in a file: which of the month's lines, and the native row of each."""

    file: WrittenFile
    month: Month
    rows: Ints
    numbers: Ints


@dataclass
class Delivery:
    """One delivery of a source and period, in force or superseded."""

    source_id: str
    billing_period: str
    scope: str
    run: str
    in_force: bool
    files: list[WrittenFile] = field(default_factory=list)


def written(location: Path, path: str, rows: int) -> WrittenFile:
    """Describe a file that now exists."""
    data = (location / path).read_bytes()
    return WrittenFile(path, rows, len(data), hashlib.sha256(data).hexdigest())


def write_csv_gz(location: Path, path: str, tables: Iterator[pa.Table]) -> WrittenFile:
    """Write tables as one gzipped CSV: header once, ``"`` quotes only where needed, null = empty, no time stamp."""
    target = location / path
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=4, fileobj=raw, mtime=0) as packed,
    ):
        for table in tables:
            buffer = io.BytesIO()
            options = pa_csv.WriteOptions(include_header=rows == 0, quoting_style="needed", quoting_header="none")
            pa_csv.write_csv(table, buffer, options)
            packed.write(buffer.getbuffer())
            rows += table.num_rows
    return written(location, path, rows)


def write_json(location: Path, path: str, content: Any) -> None:
    """Write a manifest."""
    target = location / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def names(text: str) -> list[str]:
    """Return column names that are written one after another."""
    return text.split()


def write_csv(location: Path, path: str, header: list[str], rows: list[list[str]]) -> WrittenFile:
    """Write a small CSV, gzipped when its name says so."""
    target = location / path
    target.parent.mkdir(parents=True, exist_ok=True)
    text = _csv(header, rows).encode()
    target.write_bytes(gzip.compress(text, 6, mtime=0) if path.endswith(".gz") else text)
    return written(location, path, len(rows))


def write_rows(path: Path, header: list[str], rows: list[list[str]]) -> None:
    """Write a small plain CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_csv(header, rows), encoding="utf-8")


def _csv(header: list[str], rows: list[list[str]]) -> str:
    lines = [",".join(_quoted(cell) for cell in row) for row in [header, *rows]]
    return "\n".join(lines) + "\n"


def _quoted(cell: str) -> str:
    if any(mark in cell for mark in ',"\n\r') or cell != cell.strip():
        return '"' + cell.replace('"', '""') + '"'
    return cell


def parts(rows: int, limit: int) -> list[tuple[int, int]]:
    """Half-open row ranges of the files of a delivery."""
    return [(start, min(start + limit, rows)) for start in range(0, rows, limit)] or [(0, 0)]

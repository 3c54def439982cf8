"""Files that are written row by row, and appear finished or not at all.

A row is appended to a file in the folder of open files, which its writer holds locked. Rotation cuts off what a crash
left half-written, and renames the file into the folder of finished ones, where landing looks. A file whose writer died
is finished by whoever comes next. A file's month is that of its rows, and its name is never given twice.
"""

from __future__ import annotations

import csv
import fcntl
import io
import os
import re
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

USAGE_COLUMNS = (
    "time",
    "provider",
    "model",
    "key_id",
    "team",
    "cost_centre",
    "workflow",
    "use_case",
    "product",
    "input_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "requests",
    "is_batch",
    "status",
    "gateway_spend",
    "request_id",
)
EVENT_COLUMNS = (
    "time",
    "event_id",
    "event",
    "kind",
    "value",
    "policy_id",
    "unit",
    "observed",
    "baseline",
    "allowed",
    "decision_id",
    "expires_at",
    "by",
    "detail",
)
USAGE = "usage"
EVENTS = "events"

_PART = re.compile(r"-(20\d{2}-\d{2})-part(\d{6})\.csv$")


class RotatingLog:
    """Appends rows to CSV files of a month each.

    Args:
        name: what the files' names begin with.
        columns: their header.
        open_folder: where files are written.
        finished_folder: where they are moved to; on the same disk.
        most_rows: a file is finished after so many.
    """

    def __init__(
        self, name: str, columns: Iterable[str], open_folder: Path, finished_folder: Path, *, most_rows: int = 10_000
    ) -> None:
        self._name = name
        self._columns = tuple(columns)
        self._open_folder = open_folder
        self._finished_folder = finished_folder
        self._most_rows = most_rows
        self._files: dict[str, IO[bytes]] = {}
        self._rows: dict[str, int] = {}
        self._unflushed: set[str] = set()
        self._lock = threading.RLock()

    def append(self, month: str, row: Mapping[str, object]) -> None:
        """Write a row to the file of its month (``YYYY-MM``), with one call of the operating system.

        Raises:
            OSError: it cannot be written.
        """
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow([_cell(row.get(column)) for column in self._columns])
        with self._lock:
            file = self._files.get(month) or self._create(month)
            file.write(text.getvalue().encode())
            self._rows[month] += 1
            self._unflushed.add(month)
            if self._rows[month] >= self._most_rows:
                self._finish(month)

    def flush(self) -> None:
        """Have the disk hold every row that was written."""
        with self._lock:
            for month in self._unflushed & self._files.keys():
                os.fsync(self._files[month].fileno())
            self._unflushed.clear()

    def rotate(self) -> None:
        """Finish this writer's files."""
        with self._lock:
            for month in list(self._files):
                self._finish(month)

    def _create(self, month: str) -> IO[bytes]:
        self._open_folder.mkdir(parents=True, exist_ok=True)
        self._finished_folder.mkdir(parents=True, exist_ok=True)
        while True:
            path = self._open_folder / f"{self._name}-{month}-part{self._next_part(month):06d}.csv"
            try:
                file = path.open("xb", buffering=0)
            except FileExistsError:
                continue
            if not _is_held(file):
                file.close()
                continue
            if (self._finished_folder / path.name).exists():
                path.unlink()
                file.close()
                continue
            file.write((",".join(self._columns) + "\n").encode())
            self._files[month], self._rows[month] = file, 0
            return file

    def _next_part(self, month: str) -> int:
        # Open files first: one that is finished in between is then seen where it has gone.
        taken = [0]
        for folder in (self._open_folder, self._finished_folder):
            for path in folder.glob(f"{self._name}-{month}-part*.csv"):
                match = _PART.search(path.name)
                if match is not None:
                    taken.append(int(match[2]))
        return max(taken) + 1

    def _finish(self, month: str) -> None:
        file = self._files.pop(month)
        self._rows.pop(month)
        self._unflushed.discard(month)
        with file:
            finish(Path(file.name), self._finished_folder)


def _is_held(file: IO[bytes]) -> bool:
    """Lock a file that was just made, unless somebody took it for one whose writer is gone, and removed it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(file.fileno()).st_nlink > 0


def _is_at(file: IO[bytes], path: Path) -> bool:
    """Tell whether a path still leads to this file: a name whose file was empty may have been given to another."""
    return os.path.samestat(os.fstat(file.fileno()), path.stat())


def finish_left(name: str, open_folder: Path, finished_folder: Path) -> list[Path]:
    """Finish the files whose writer is gone; return them where they are now."""
    found = []
    for path in sorted(open_folder.glob(f"{name}-*.csv")):
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_at(file, path):
                    finished = finish(path, finished_folder)
                    found += [finished] if finished is not None else []
        except (BlockingIOError, FileNotFoundError):
            continue  # its writer lives, or somebody else was quicker
    return found


def finish(path: Path, folder: Path) -> Path | None:
    """Move a file to where it is landed from; None when it holds no row.

    Each row was written at once, and rows hold no line breaks, so a crash leaves at most one line without its end.
    """
    with path.open("r+b") as file:
        content = file.read()
        whole = content.rfind(b"\n") + 1
        lines = content[:whole].count(b"\n")
        if whole < len(content):
            file.truncate(whole)
        if lines < 2:
            path.unlink()
            return None
        os.fsync(file.fileno())
    finished = path.rename(folder / path.name)
    _flush_folder(folder)
    return finished


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cell(value: object) -> str:
    """Return a value as one line of text."""
    text = "" if value is None else str(value)
    return "".join(character if character.isprintable() else " " for character in text)[:500]

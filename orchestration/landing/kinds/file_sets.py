"""Files without a manifest, whose names say what belongs together and what replaces what.

`<name>[-<date or time>][-<part number>].(csv|csv.gz|parquet)`, in any folder; logs may be JSON lines, too. Files whose
names differ only in the part number were delivered together; names that differ only in the date are snapshots of one
scope, of which the newest that holds a month stands for it; different names are different scopes, which add up.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath

from orchestration.landing.kinds.base import FileSetDiscovery, Snapshot
from orchestration.landing.store import StoredFile

_TABLES = re.compile(r"\.(csv|csv\.gz|parquet)$", re.IGNORECASE)
_CSV = re.compile(r"\.(csv|csv\.gz)$", re.IGNORECASE)
_LOGS = re.compile(r"\.(csv|csv\.gz|parquet|(json|jsonl|ndjson)(\.gz)?)$", re.IGNORECASE)
_JSON = re.compile(r"\.(json|json\.gz)$", re.IGNORECASE)
_DATE = re.compile(
    r"(?<![0-9])20\d{2}[-_.]?(?:0[1-9]|1[0-2])"
    r"(?:[-_.]?(?:0[1-9]|[12]\d|3[01])(?:[T _-]?\d{2}[-_:]?\d{2}(?:[-_:]?\d{2})?Z?)?)?(?![0-9])"
)
_PART = re.compile(r"(?:[-_.]?part)?[-_.]\d{1,6}(?:[-_.]\d{1,6})?$|[-_.]?part\d{1,6}$", re.IGNORECASE)
_VERSION = re.compile(r"[-_.]?v?\d\.\d$", re.IGNORECASE)


def file_sets(files: Mapping[str, StoredFile]) -> FileSetDiscovery:
    """Return the CSV and Parquet files by scope and snapshot, the oldest snapshot first."""
    return sets_by_name(files, _TABLES)


def csv_file_sets(files: Mapping[str, StoredFile]) -> FileSetDiscovery:
    """Return the CSV files by scope and snapshot, the oldest snapshot first."""
    return sets_by_name(files, _CSV)


def json_file_sets(files: Mapping[str, StoredFile]) -> FileSetDiscovery:
    """Return the JSON files by scope and snapshot, the oldest snapshot first."""
    return sets_by_name(files, _JSON)


def log_file_sets(files: Mapping[str, StoredFile]) -> FileSetDiscovery:
    """Return the CSV, Parquet and JSON-lines files by scope and snapshot, the oldest snapshot first."""
    return sets_by_name(files, _LOGS)


def sets_by_name(files: Mapping[str, StoredFile], extensions: re.Pattern[str]) -> FileSetDiscovery:
    """Return files by scope and snapshot, the oldest snapshot first.

    Args:
        files: by the name that tells scope and date, which may be another than the path.
        extensions: of the files that are data.
    """
    snapshots: dict[str, dict[str, list[StoredFile]]] = defaultdict(lambda: defaultdict(list))
    for path, file in files.items():
        named = name_parts(path, extensions)
        if named is not None:
            scope, date = named
            snapshots[scope][date].append(file)
    found = FileSetDiscovery()
    for scope, by_date in snapshots.items():
        found.snapshots[scope] = [
            Snapshot(
                paths=tuple(sorted(file.path for file in by_date[date])),
                delivered_at=date_of(date) or max(file.modified for file in by_date[date]),
                names_period=f"{date[:4]}-{date[4:]}" if len(date) == 6 else None,
            )
            for date in sorted(by_date)
        ]
    return found


def name_parts(path: str, extensions: re.Pattern[str] = _TABLES) -> tuple[str, str] | None:
    """Return the scope and the date digits of a data file's path; None for a file that is not data.

    The scope is the path without dates, part number and extension. Dates may be folder names (``2026-05/costs.csv``)
    or part of the file's name (``costs_20260501.csv``); the last one counts. ``1.2`` is no part number.
    """
    extension = extensions.search(path)
    if extension is None:
        return None
    plain = PurePosixPath(path[: extension.start()])
    dates = _DATE.findall(str(plain))
    date = "".join(character for character in dates[-1] if character.isdigit()) if dates else ""
    stem = _DATE.sub("", plain.name)
    if not _VERSION.search(stem):
        stem = _PART.sub("", stem)
    folders = [_DATE.sub("", folder).strip("-_. ") for folder in plain.parent.parts]
    return "/".join([folder for folder in folders if folder] + [stem.strip("-_. ") or "files"]), date


def date_of(digits: str) -> dt.datetime | None:
    """Return the moment that the digits of a name say; None if they are none."""
    for length, form in ((14, "%Y%m%d%H%M%S"), (12, "%Y%m%d%H%M"), (8, "%Y%m%d"), (6, "%Y%m")):
        if len(digits) == length:
            try:
                return dt.datetime.strptime(digits, form).replace(tzinfo=None)
            except ValueError:
                return None
    return None

"""Google Cloud detailed usage cost, as Parquet by BigQuery's EXPORT DATA.

There is no manifest. A run of an export writes `<run>-000000000000.parquet`, `<run>-000000000001.parquet`, …; a later
run into the same folder exports the same rows again, so that the newest run of each folder counts. A month is an
invoice month: its rows may lie in the files of several folders, since Google bills late rows, and rows around midnight
Pacific time, with the month they are invoiced in. So a delivery is every row of an invoice month over all files that
count, and a new file lands the month again as a whole.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath

from orchestration.errors import DeliveryRefused
from orchestration.landing.kinds.base import FileSetDiscovery, Kind, Snapshot
from orchestration.landing.moments import parse_time
from orchestration.landing.store import StoredFile

_SHARD = re.compile(r"^(?P<run>.*?)-?(?P<number>\d{12})\.parquet$")
_RUN_TIME = re.compile(r"\d{4}-?\d{2}-?\d{2}T\d{2}:?\d{2}:?\d{2}")
_MONTH = re.compile(r"^[0-9]{4}(0[1-9]|1[0-2])$")


def file_sets(files: Mapping[str, StoredFile]) -> FileSetDiscovery:
    """Return the files of the newest run of each folder; runs without a time in their name all count."""
    found = FileSetDiscovery()
    runs: dict[tuple[str, str], dict[str, list[StoredFile]]] = defaultdict(lambda: defaultdict(list))
    for path, file in files.items():
        plain = PurePosixPath(path)
        if plain.suffix != ".parquet":
            continue
        shard = _SHARD.match(plain.name)
        run = shard["run"] if shard else plain.stem
        family = "" if _RUN_TIME.search(run) else run
        runs[str(plain.parent), family][run].append(file)
    for (folder, family), candidates in sorted(runs.items()):
        run = max(candidates)
        shards = candidates[run]
        matches = (_SHARD.match(PurePosixPath(file.path).name) for file in shards)
        numbers = {int(match["number"]) for match in matches if match}
        missing = sorted(set(range(max(numbers, default=-1) + 1)) - numbers)
        if missing:
            found.refusals.append(
                DeliveryRefused(
                    f"{folder}/{run}",
                    found=f"{len(numbers)} files, without number {missing[0]:012d}",
                    expected=f"files numbered from 0 to {max(numbers)} without a gap",
                    cure="Copy the missing file, or run the export again.",
                )
            )
            continue
        paths = tuple(sorted(file.path for file in shards))
        named = _RUN_TIME.search(run)
        exported_at = parse_time(f"{named.group()}Z") if named else None
        made_at = exported_at or max(file.modified for file in shards)
        found.snapshots[f"{folder}/{family}"] = [Snapshot(paths, made_at)]
    return found


def period_of(invoice: str) -> str | None:
    """Return the month (YYYY-MM) of an `invoice` value, which is JSON text with `month` as YYYYMM."""
    try:
        document = json.loads(invoice)
    except json.JSONDecodeError:
        return None
    month = str(document.get("month") or "") if isinstance(document, dict) else ""
    return f"{month[:4]}-{month[4:]}" if _MONTH.match(month) else None


KIND = Kind(name="gcp_detailed", file_sets=file_sets, period_column="invoice", period_of=period_of, adds_up=True)

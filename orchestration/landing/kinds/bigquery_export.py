"""Tables that BigQuery's EXPORT DATA writes to Cloud Storage, as Parquet or JSON lines. Pure functions.

There is no manifest. A run of an export writes `<run>-000000000000.parquet`, `<run>-000000000001.parquet`, … (or
`.json`, `.json.gz`). Google only ever appends to its billing tables and stamps what it appends, so the stamps say how
the runs of a folder relate (`Kind.watermark`): a run that exports everything again replaces the runs before it, a run
of what is new since the last one adds to them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath

from orchestration.errors import DeliveryRefused
from orchestration.landing.kinds.base import FileSetDiscovery, Snapshot
from orchestration.landing.moments import parse_time
from orchestration.landing.store import StoredFile

_TABLE = re.compile(r"^(?P<stem>.+)\.(parquet|(json|jsonl|ndjson)(\.gz)?)$", re.IGNORECASE)
_SHARD = re.compile(r"^(?P<run>.*?)-?(?P<number>\d{12})$")
_RUN_TIME = re.compile(r"\d{4}-?\d{2}-?\d{2}T\d{2}:?\d{2}:?\d{2}")


def file_sets(files: Mapping[str, StoredFile]) -> FileSetDiscovery:
    """Return the runs of each folder, from oldest to newest; runs without a time in their name all count."""
    found = FileSetDiscovery()
    runs: dict[tuple[str, str], dict[str, list[tuple[int | None, StoredFile]]]] = defaultdict(lambda: defaultdict(list))
    for path, file in files.items():
        plain = PurePosixPath(path)
        table = _TABLE.match(plain.name)
        if table is None:
            continue
        shard = _SHARD.match(table["stem"])
        run = shard["run"] if shard else table["stem"]
        family = "" if _RUN_TIME.search(run) else run
        runs[str(plain.parent), family][run].append((int(shard["number"]) if shard else None, file))
    for (folder, family), candidates in sorted(runs.items()):
        for run, shards in sorted(candidates.items()):
            numbers = {number for number, _ in shards if number is not None}
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
            named = _RUN_TIME.search(run)
            exported_at = parse_time(f"{named.group()}Z") if named else None
            made_at = exported_at or max(file.modified for _, file in shards)
            paths = tuple(sorted(file.path for _, file in shards))
            found.snapshots.setdefault(f"{folder}/{family}", []).append(Snapshot(paths, made_at))
    return found

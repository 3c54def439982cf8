"""Bills that Alibaba Cloud writes to Object Storage: a file per day, then one for the whole month.

`<account>_[<site>_]<report>_<YYYYMMDD>.(csv|zip)` holds what was billed on a day, and `…_<YYYYMM>` the month: it is
written on the fourth day of the next month, and stands for the files of its days. Both may come in parts (`…_1.zip`). A
file that comes again, in a folder of its own, replaces the one before. Cost splits (`SplitItemDetail…`) are the same
money again, and are passed over.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath

from orchestration.errors import DeliveryRefused
from orchestration.landing.kinds.base import FileSetDiscovery, Snapshot
from orchestration.landing.kinds.file_sets import date_of, name_parts
from orchestration.landing.store import StoredFile

_TABLES = re.compile(r"\.(csv|csv\.gz|zip)$", re.IGNORECASE)
_SPLIT = re.compile(r"_SplitItem", re.IGNORECASE)


def file_sets(files: Mapping[str, StoredFile]) -> FileSetDiscovery:
    """Return the bills by scope, the days and months of each in order; of what was pushed twice, the last push."""
    found = FileSetDiscovery()
    pushes: dict[str, dict[str, dict[str, list[StoredFile]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for path, file in sorted(files.items()):
        plain = PurePosixPath(path)
        named = name_parts(plain.name, _TABLES)
        if named is None or _SPLIT.search(plain.name):
            continue
        scope, date = named
        if len(date) not in (6, 8):
            found.refusals.append(
                DeliveryRefused(
                    path,
                    found="a name without a day or a month",
                    expected="a name such as 1234567890_BillingItemDetail_20260501.csv or …_202605.csv",
                    cure="Keep the names that Alibaba Cloud gives: they say which file replaces which.",
                )
            )
            continue
        pushes[scope][date][str(plain.parent)].append(file)
    for scope, by_date in sorted(pushes.items()):
        found.snapshots[scope] = [_snapshot(date, folders) for date, folders in sorted(by_date.items())]
    return found


def _snapshot(date: str, folders: dict[str, list[StoredFile]]) -> Snapshot:
    """Return the last push of a day or month: of the folder with the latest date, else the latest time of change."""
    folder = max(
        folders,
        key=lambda name: ((name_parts(f"{name}/x.csv") or ("", ""))[1], max(file.modified for file in folders[name])),
    )
    pushed = folders[folder]
    day = date_of(date) if len(date) == 8 else None
    return Snapshot(
        paths=tuple(file.path for file in pushed),
        delivered_at=day or max(file.modified for file in pushed),
        names_period=f"{date[:4]}-{date[4:]}" if len(date) == 6 else None,
    )

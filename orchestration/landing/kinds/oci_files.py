"""Oracle's reports in Object Storage: files that are written once, every six hours, and never again.

A delivery of a month is every row of the month over all files: rows come up to a day late, and corrections are rows of
their own. Oracle deletes files after a year; what they said stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from orchestration.landing.kinds.base import FileSetDiscovery, Snapshot
from orchestration.landing.store import StoredFile

_TABLES = re.compile(r"\.(csv|csv\.gz)$", re.IGNORECASE)
_USAGE_REPORT = re.compile(r"(^|/)usage-csv/", re.IGNORECASE)


def file_sets(files: Mapping[str, StoredFile]) -> FileSetDiscovery:
    """Return every CSV file as a snapshot of its own; usage reports (`usage-csv/`), without costs, are left."""
    return FileSetDiscovery(
        snapshots={
            path: [Snapshot((path,), file.modified)]
            for path, file in sorted(files.items())
            if _TABLES.search(path) and not _USAGE_REPORT.search(path)
        }
    )

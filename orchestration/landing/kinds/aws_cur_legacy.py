"""AWS Cost and Usage Reports of before Data Exports: CSV with slash headers, or Parquet under Athena's names.

`<report>/<yyyymmdd>-<yyyymmdd>/<name>-Manifest.json` stands for its month, and is written last. Create-new keeps each
version in `<assembly id>/` below the month, with a manifest of its own that says the same; overwrite writes the files
beside the manifest; Parquet for Athena lies in `<report>/<name>/year=…/month=…/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from orchestration.errors import DeliveryRefused
from orchestration.landing.kinds.aws_export import execution_time
from orchestration.landing.kinds.base import (
    DeliveredFile,
    Delivery,
    Discovery,
    Kind,
    ReadFile,
    manifest_value,
    map_into_folder,
    outside_its_folder,
    parse_manifest,
    refuse_repeats,
)
from orchestration.landing.store import StoredFile, checked_path

_MONTH = r"(?:(?P<report>.*)/)?(?P<range>(?P<year>\d{4})(?P<month>0[1-9]|1[0-2])01-\d{8})"
_MANIFEST = re.compile(rf"^{_MONTH}/[^/]*-Manifest\.json$")
_DATA = re.compile(rf"^{_MONTH}/.*\.(?:csv|gz|zip)$")
_ATHENA = re.compile(r"^(?:(?P<report>.*)/)?[^/]+/year=(?P<year>\d{4})/month=(?P<month>\d{1,2})/[^/]*\.parquet$")
_TAGS = ("resourceTags/", "costCategory/")


def discover(source_id: str, files: Mapping[str, StoredFile], read: ReadFile) -> Discovery:
    """Return what the manifest of each report and month lists."""
    found = Discovery()
    with_manifest = set()
    for path, file in files.items():
        match = _MANIFEST.match(path)
        if not match:
            continue
        report, period = match["report"] or "", f"{match['year']}-{match['month']}"
        with_manifest.add((report, period))
        try:
            content = parse_manifest(path, read(path))
            _check_period(path, content, period)
            _check_versions(path, content, files, read)
            columns = content.get("columns")
            is_csv = str(content.get("contentType", "text/csv")).lower() == "text/csv"
            found.deliveries.append(
                Delivery(
                    kind="aws_cur_legacy",
                    source_id=source_id,
                    billing_period=period,
                    scope=report,
                    files=_files(path, content, report, match["range"], period),
                    delivered_at=execution_time(content.get("assemblyId")) or file.modified,
                    manifest=path,
                    declared_columns=_declared(columns) if is_csv and isinstance(columns, list) and columns else None,
                )
            )
        except DeliveryRefused as refusal:
            refusal.billing_period = period
            found.refusals.append(refusal)
    with_data = {
        (match["report"] or "", f"{match['year']}-{int(match['month']):02d}")
        for match in (_DATA.match(path) or _ATHENA.match(path) for path in files)
        if match
    }
    found.waiting = [f"{report or source_id} {period}" for report, period in sorted(with_data - with_manifest)]
    return found


def column_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return a file's column names in the spelling of Athena, which is that of CUR 2.0; tags stay as people wrote them.

    `lineItem/UsageAmount` is `line_item_usage_amount`. A name whose spelling is taken already stays as it is.
    """
    spelled: dict[str, str] = {}
    for name in names:
        athena = name if name.startswith(_TAGS) or "/" not in name else _athena_name(name)
        spelled[name] = name if athena in spelled.values() else athena
    return tuple(spelled[name] for name in names)


def _athena_name(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", re.sub(r"([A-Z])", r"_\1", name).lower())
    return words.strip("_")


def _declared(columns: list[Any]) -> tuple[str, ...]:
    return column_names(
        [
            f"{column.get('category')}/{column.get('name')}" if isinstance(column, dict) else str(column)
            for column in columns
        ]
    )


def _files(path: str, content: dict[str, Any], report: str, month: str, period: str) -> tuple[DeliveredFile, ...]:
    keys = manifest_value(path, content, "reportKeys")
    if not isinstance(keys, list) or not keys:
        raise DeliveryRefused(
            f"{path}: reportKeys",
            found="no list of files",
            expected="the report's data files",
            cure="Check that the source's kind matches the export, and that the manifest is whole.",
        )
    if str(content.get("compression", "")).upper() == "ZIP":
        raise DeliveryRefused(
            f"{path}: compression",
            found="ZIP",
            expected="GZIP or Parquet",
            cure="Set the report's compression to GZIP, or its format to Parquet, in AWS.",
        )
    files = tuple(DeliveredFile(_local_path(path, str(key), report, month, period)) for key in keys)
    refuse_repeats(path, "reportKeys", files)
    return tuple(sorted(files, key=lambda file: file.path))


def _local_path(path: str, key: str, report: str, month: str, period: str) -> str:
    """Map a key of the bucket to the file below the location."""
    parts = PurePosixPath(checked_path(key.lstrip("/"), path)).parts
    year, number = period.split("-")
    athena = (f"year={year}", f"month={int(number)}")
    if month in parts[:-1]:
        at = len(parts) - 1 - parts[::-1].index(month)
        folder = PurePosixPath(report, *parts[at:-1])
    elif parts[-3:-1] == athena and len(parts) > len(athena) + 1:
        folder = PurePosixPath(report, *parts[-4:-1])
    else:
        raise outside_its_folder(path, key, str(PurePosixPath(report, month)))
    return map_into_folder(path, key, str(folder))


def _check_period(path: str, content: dict[str, Any], period: str) -> None:
    stated = str(manifest_value(path, content, "billingPeriod.start"))
    if stated[:6] != period.replace("-", ""):
        raise DeliveryRefused(
            f"{path}: billingPeriod.start",
            found=stated,
            expected=f"{period}, as the folder says",
            cure="The manifest lies in the wrong folder; restore the report as AWS wrote it.",
        )


def _check_versions(path: str, content: dict[str, Any], files: Mapping[str, StoredFile], read: ReadFile) -> None:
    """Refuse a manifest that lists other files than that of the version it points to."""
    version = str(PurePosixPath(path).parent / str(content.get("assemblyId")) / PurePosixPath(path).name)
    if version not in files:
        return
    listed = parse_manifest(version, read(version)).get("reportKeys")
    if listed != content.get("reportKeys"):
        raise DeliveryRefused(
            path,
            found=f"other files than {version} lists",
            expected="both manifests of a version to list the same files",
            cure="The copy mixes two versions of the report; copy the month again as a whole.",
        )


KIND = Kind(name="aws_cur_legacy", discover=discover, column_names=column_names)

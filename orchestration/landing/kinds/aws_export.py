"""AWS Data Exports, as both `aws_cur2` and `aws_focus` are laid out.

`<export>/data/BILLING_PERIOD=YYYY-MM/[<execution>/]…` and
`<export>/metadata/BILLING_PERIOD=YYYY-MM/[<execution>/]<name>-Manifest.json`. A manifest is written after its data
files and lists them; a file that no manifest lists is a delivery in progress or left over, and is never landed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from orchestration.errors import DeliveryRefused
from orchestration.landing.kinds.base import (
    DeliveredFile,
    Delivery,
    Discovery,
    ManifestDiscovery,
    ReadFile,
    manifest_count,
    manifest_value,
    map_into_folder,
    outside_its_folder,
    parse_manifest,
    refuse_repeats,
)
from orchestration.landing.store import StoredFile, checked_path

_MANIFEST = re.compile(
    r"^(?:(?P<export>.*)/)?metadata/BILLING_PERIOD=(?P<period>\d{4}-(?:0[1-9]|1[0-2]))/"
    r"(?:(?P<execution>[^/]+)/)?[^/]*Manifest\.json$"
)
_DATA = re.compile(r"^(?:(?P<export>.*)/)?data/BILLING_PERIOD=(?P<period>[^/]+)/.*\.(?:csv|gz|parquet)$")
_EXECUTION_TIME = re.compile(r"^(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2}):?(\d{2})(?:\.\d+)?Z")


@dataclass(frozen=True)
class _Manifest:
    """A manifest whose JSON was read, not yet checked."""

    path: str
    export: str
    period: str
    content: dict[str, Any]
    made_at: dt.datetime


def discover_exports(kind: str) -> ManifestDiscovery:
    """Return the discovery of AWS Data Exports for ``kind``: the newest execution of each export and month.

    The manifest directly below the month is AWS's pointer to the newest execution; an execution that is newer than what
    the pointer says is complete too, since its manifest is written last.
    """

    def discover(source_id: str, files: Mapping[str, StoredFile], read: ReadFile) -> Discovery:
        found = Discovery()
        newest: dict[tuple[str, str], tuple[tuple[dt.datetime, bool], _Manifest | DeliveryRefused]] = {}
        for path, file in files.items():
            match = _MANIFEST.match(path)
            if not match:
                continue
            export, period = match["export"] or "", match["period"]
            made_at = execution_time(match["execution"]) or file.modified
            candidate: _Manifest | DeliveryRefused
            try:
                content = parse_manifest(path, read(path))
                made_at = execution_time(content.get("executionId")) or made_at
                candidate = _Manifest(path, export, period, content, made_at)
            except DeliveryRefused as refusal:
                candidate = refusal
            age = (made_at, match["execution"] is None)
            if (export, period) not in newest or age > newest[export, period][0]:
                newest[export, period] = (age, candidate)
        for (_, period), (_, candidate) in newest.items():
            try:
                if isinstance(candidate, DeliveryRefused):
                    raise candidate
                found.deliveries.append(_delivery(kind, source_id, candidate))
            except DeliveryRefused as refusal:
                refusal.billing_period = period
                found.refusals.append(refusal)
        with_data = {(match["export"] or "", match["period"]) for match in map(_DATA.match, files) if match}
        found.waiting = [f"{export or source_id} {period}" for export, period in sorted(with_data - set(newest))]
        return found

    return discover


def _delivery(kind: str, source_id: str, manifest: _Manifest) -> Delivery:
    path = manifest.path
    stated = manifest.content.get("billingPeriod")
    if isinstance(stated, str) and stated[:7] != manifest.period:
        raise DeliveryRefused(
            f"{path}: billingPeriod",
            found=stated,
            expected=f"{manifest.period}, as the folder says",
            cure="The manifest lies in the wrong folder; restore the export as AWS wrote it.",
        )
    entries = manifest_value(path, manifest.content, "dataFiles")
    if not isinstance(entries, list) or not entries:
        raise DeliveryRefused(
            f"{path}: dataFiles",
            found="no list of files",
            expected="the delivery's data files",
            cure="Check that the source's kind matches the export, and that the manifest is whole.",
        )
    files = tuple(_file(manifest, entry) for entry in entries)
    refuse_repeats(path, "dataFiles", files)
    columns = manifest.content.get("columns")
    names = (
        tuple(str(column["name"] if isinstance(column, dict) else column) for column in columns)
        if isinstance(columns, list) and columns
        else None
    )
    return Delivery(
        kind=kind,
        source_id=source_id,
        billing_period=manifest.period,
        scope=manifest.export,
        files=tuple(sorted(files, key=lambda file: file.path)),
        delivered_at=manifest.made_at,
        manifest=path,
        declared_columns=names,
    )


def _file(manifest: _Manifest, entry: Any) -> DeliveredFile:
    uri, size = entry, None
    if isinstance(entry, dict):
        uri = next((entry[key] for key in ("s3Uri", "uri", "key") if key in entry), "")
        size = manifest_count(manifest.path, "dataFiles.size", entry.get("size"))
    named = checked_path(re.sub(r"^s3a?://", "", str(uri)).lstrip("/"), manifest.path)
    marker = ("data", f"BILLING_PERIOD={manifest.period}")
    folder = PurePosixPath(manifest.export, *marker)
    parts = PurePosixPath(named).parts
    starts = [at for at in range(len(parts) - len(marker)) if parts[at : at + len(marker)] == marker]
    if not starts:
        raise outside_its_folder(manifest.path, str(uri), str(folder))
    below = parts[starts[-1] + len(marker) : -1]
    return DeliveredFile(map_into_folder(manifest.path, named, str(PurePosixPath(folder, *below))), size=size)


def execution_time(execution: object) -> dt.datetime | None:
    """Return when an execution or assembly was made, as its id says, UTC; None when the id is no time."""
    match = _EXECUTION_TIME.match(str(execution or ""))
    if not match:
        return None
    try:
        return dt.datetime.strptime("".join(match.groups()), "%Y%m%d%H%M%S").replace(tzinfo=None)
    except ValueError:
        return None

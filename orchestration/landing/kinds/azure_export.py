"""Azure exports of Cost Management, as `azure_focus` and `azure_cost_details` are laid out.

`…/<yyyymmdd-yyyymmdd>/[<time>/]<run>/manifest.json` beside its parts. Each run is cumulative for its month.
CreateNewReport keeps the runs side by side and OverwritePreviousReport keeps one: either way the run submitted last
stands for its month. The scope is what the export bills (subscription, billing account, …), not the export's name:
two exports of one scope and dataset are the same charges twice.
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
    Discovery,
    ReadFile,
    manifest_count,
    manifest_value,
    map_into_folder,
    parse_manifest,
    refuse_repeats,
)
from orchestration.landing.moments import parse_time
from orchestration.landing.store import StoredFile

_MANIFESTS = ("manifest.json", "_manifest.json")
_EXPORT_NAME = re.compile(r"/providers/microsoft\.costmanagement/exports/[^/]+$", re.IGNORECASE)


@dataclass(frozen=True)
class Run:
    """One run of an export.

    Attributes:
        path: its manifest.
        manifest: the manifest's JSON.
        submitted_at: when it was submitted, UTC.
        start: first day of the period that was exported.
        end: its last day; None when the manifest does not say.
    """

    path: str
    manifest: dict[str, Any]
    submitted_at: dt.datetime
    start: dt.datetime
    end: dt.datetime | None


def newest_runs(
    files: Mapping[str, StoredFile], read: ReadFile, data_sets: tuple[str, ...], found: Discovery
) -> dict[tuple[str, str], dict[str, Run]]:
    """Return the run submitted last of each scope, month and dataset; exports of other datasets are passed over.

    Args:
        files: the listing.
        read: reads a file.
        data_sets: values of `exportConfig.type` that count.
        found: takes the refusals of manifests that cannot be used, and the folders that have no manifest yet.

    Returns:
        Per scope and month (YYYY-MM): dataset, as ``data_sets`` spells it → run.
    """
    spelled = {name.lower(): name for name in data_sets}
    newest: dict[tuple[str, str], dict[str, Run]] = {}
    for path in files:
        if PurePosixPath(path).name not in _MANIFESTS:
            continue
        try:
            manifest = parse_manifest(path, read(path))
            data_set = spelled.get(str(manifest_value(path, manifest, "exportConfig.type")).lower())
            if data_set is None:
                continue
            start = _time(path, manifest, "runInfo.startDate")
            end = parse_time(str(manifest["runInfo"].get("endDate") or ""))
            run = Run(path, manifest, _time(path, manifest, "runInfo.submittedTime"), start, end)
            key = (_scope(path, manifest), f"{start:%Y-%m}")
        except DeliveryRefused as refusal:
            found.refusals.append(refusal)
            continue
        runs = newest.setdefault(key, {})
        other = runs.get(data_set)
        if other is None or (run.submitted_at, run.path) > (other.submitted_at, other.path):
            runs[data_set] = run
    with_manifest = {str(PurePosixPath(path).parent) for path in files if PurePosixPath(path).name in _MANIFESTS}
    with_data = {str(PurePosixPath(path).parent) for path in files if PurePosixPath(path).name.startswith("part_")}
    found.waiting = sorted(with_data - with_manifest)
    return newest


def files_of(run: Run, values: tuple[tuple[str, str], ...] = ()) -> tuple[DeliveredFile, ...]:
    """Return the parts of a run, by path.

    Args:
        run: the run.
        values: what holds for every row of it: declared column → value.

    Raises:
        DeliveryRefused: the manifest does not add up, or names a file twice or outside its folder.
    """
    path, manifest = run.path, run.manifest
    blobs = manifest_value(path, manifest, "blobs")
    if not isinstance(blobs, list) or not all(isinstance(blob, dict) and blob.get("blobName") for blob in blobs):
        raise DeliveryRefused(
            f"{path}: blobs",
            found="no list of blobs with a blobName",
            expected="the run's parts",
            cure="The manifest was altered; have the export run again.",
        )
    folder = PurePosixPath(path).parent
    files = tuple(
        DeliveredFile(
            map_into_folder(path, str(blob["blobName"]), str(folder)),
            size=manifest_count(path, "blobs.byteCount", blob.get("byteCount")),
            rows=manifest_count(path, "blobs.dataRowCount", blob.get("dataRowCount")),
            values=values,
        )
        for blob in blobs
    )
    refuse_repeats(path, "blobs", files)
    for key, total in (
        ("blobCount", len(files)),
        ("byteCount", sum(file.size or 0 for file in files)),
        ("dataRowCount", sum(file.rows or 0 for file in files)),
    ):
        stated = manifest_count(path, key, manifest.get(key))
        if stated is not None and stated != total:
            raise DeliveryRefused(
                f"{path}: {key}",
                found=f"{stated}, but the blobs add up to {total}",
                expected="a manifest that adds up",
                cure="The manifest was cut off or altered; have the export run again.",
            )
    return tuple(sorted(files, key=lambda file: file.path))


def _scope(path: str, manifest: dict[str, Any]) -> str:
    """Return what the export bills: its resource id without the export's name, lower-case as Azure compares ids."""
    resource = str(manifest_value(path, manifest, "exportConfig.resourceId"))
    return _EXPORT_NAME.sub("", resource.rstrip("/")).lower()


def _time(path: str, manifest: dict[str, Any], key: str) -> dt.datetime:
    text = str(manifest_value(path, manifest, key))
    time = parse_time(text)
    if time is None:
        raise DeliveryRefused(
            f"{path}: {key}",
            found=text,
            expected="an ISO time",
            cure="The manifest was altered; have the export run again.",
        )
    return time

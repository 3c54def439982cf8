"""Azure FOCUS exports of Cost Management.

`…/<yyyymmdd-yyyymmdd>/[<time>/]<run>/manifest.json` beside its parts. Each run is cumulative for its month.
CreateNewReport keeps the runs side by side and OverwritePreviousReport keeps one: either way the run submitted last
stands for its month. The scope is what the export bills (subscription, billing account, …), not the export's name:
two exports of one scope are the same charges twice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from orchestration.errors import DeliveryRefused
from orchestration.landing.kinds.base import (
    DeliveredFile,
    Delivery,
    Discovery,
    Kind,
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


def discover(source_id: str, files: Mapping[str, StoredFile], read: ReadFile) -> Discovery:
    """Return the run submitted last of each scope and month; exports of other datasets are passed over."""
    found = Discovery()
    newest: dict[tuple[str, str], tuple[dt.datetime, str, dict[str, Any]]] = {}
    for path in files:
        if PurePosixPath(path).name not in _MANIFESTS:
            continue
        try:
            manifest = parse_manifest(path, read(path))
            if str(manifest_value(path, manifest, "exportConfig.type")).lower() != "focuscost":
                continue
            key = (_scope(path, manifest), _time(path, manifest, "runInfo.startDate").strftime("%Y-%m"))
            run = (_time(path, manifest, "runInfo.submittedTime"), path, manifest)
        except DeliveryRefused as refusal:
            found.refusals.append(refusal)
            continue
        if key not in newest or run[:2] > newest[key][:2]:
            newest[key] = run
    for (scope, period), (submitted_at, path, manifest) in newest.items():
        try:
            found.deliveries.append(
                Delivery(
                    kind="azure_focus",
                    source_id=source_id,
                    billing_period=period,
                    scope=scope,
                    files=_files(path, manifest),
                    delivered_at=submitted_at,
                    manifest=path,
                )
            )
        except DeliveryRefused as refusal:
            refusal.billing_period = period
            found.refusals.append(refusal)
    with_manifest = {str(PurePosixPath(path).parent) for path in files if PurePosixPath(path).name in _MANIFESTS}
    with_data = {str(PurePosixPath(path).parent) for path in files if PurePosixPath(path).name.startswith("part_")}
    found.waiting = sorted(with_data - with_manifest)
    return found


def _files(path: str, manifest: dict[str, Any]) -> tuple[DeliveredFile, ...]:
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


KIND = Kind(name="azure_focus", discover=discover)

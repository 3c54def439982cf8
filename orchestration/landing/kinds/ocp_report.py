"""Reports of the cost management operator of OpenShift: tarballs with `manifest.json` beside CSV reports. No money.

A package is made every few hours of what was collected since, and repeats hours when it is made again. So each hour of
a cluster and report is that of the package whose manifest has the latest date; the tarballs of one package (one `uuid`)
are parts, which add up. Nothing of a tarball is ever written to disk under the names it gives.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import tarfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from orchestration.errors import DeliveryRefused
from orchestration.landing.inspection import checked_names
from orchestration.landing.kinds.base import (
    FileSetDiscovery,
    Kind,
    Packages,
    Snapshot,
    manifest_value,
    parse_manifest,
)
from orchestration.landing.moments import month_of, parse_time
from orchestration.landing.store import StoredFile

MOST_BYTES = 1024 * 1024 * 1024
MOST_FILES = 1000
_TARBALL = re.compile(r"\.(tar\.gz|tgz)$", re.IGNORECASE)
_GO_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) ([+-]\d{4})(?: \S+)?")
_MANIFEST = "manifest.json"

# How the columns that only one report has begin → the report, and what it cannot do without.
_REPORTS = (
    (("pod_usage_", "pod_request_", "pod_limit_", "pod_labels"), "pod"),
    (("persistentvolume",), "storage"),
    (("vm_",), "vm"),
    (("gpu_", "mig_"), "gpu"),
    (("namespace_labels",), "namespace_labels"),
    (("node_labels",), "node_labels"),
)
_NEEDED = {
    "pod": ("node", "namespace", "pod", "pod_usage_cpu_core_seconds", "pod_request_cpu_core_seconds"),
    "storage": ("namespace", "persistentvolumeclaim", "persistentvolume", "volume_request_storage_byte_seconds"),
    "gpu": ("node", "namespace", "pod", "gpu_uuid", "gpu_pod_uptime"),
    "namespace_labels": ("namespace",),
    "node_labels": ("node",),
}
# The pods of virtual machines are in the pod report: their own would count them twice.
_PASSED_OVER = ("vm",)
# Of reports that a tarball need not have: without them, its rows have nothing there, and that is no news.
_OF_OTHERS = (
    *("namespace_labels", "node_labels"),
    *("persistentvolumeclaim", "persistentvolume", "storageclass", "csi_driver", "csi_volume_handle"),
    *("persistentvolumeclaim_capacity_bytes", "persistentvolumeclaim_capacity_byte_seconds"),
    *("volume_request_storage_byte_seconds", "persistentvolumeclaim_usage_byte_seconds"),
    *("persistentvolume_labels", "persistentvolumeclaim_labels"),
    *("gpu_uuid", "gpu_model_name", "gpu_vendor_name", "gpu_memory_capacity_mib", "gpu_pod_uptime"),
    *("gpu_pod_utilization", "gpu_max_slices", "mig_instance_id", "mig_profile", "mig_strategy"),
)
_MADE = ("report", "cluster", "package", "packaged_at", "member", "replaced_by", "interval_start", "interval_end")


def file_sets(files: Mapping[str, StoredFile]) -> FileSetDiscovery:
    """Return every tarball, by folder; what belongs together and what is newest, their manifests say."""
    found = FileSetDiscovery()
    for path, file in sorted(files.items()):
        if _TARBALL.search(path):
            found.snapshots.setdefault(str(PurePosixPath(path).parent), []).append(Snapshot((path,), file.modified))
    return found


def to_rows(path: str, content: bytes) -> pa.Table:
    """Return the rows of a tarball's reports as one table of text, with what the manifest says of each.

    Raises:
        DeliveryRefused: it is damaged, holds anything but plain files, is larger than any such tarball, or its manifest
            or a report cannot be used.
    """
    members = _unpack(path, content)
    if _MANIFEST not in members:
        raise _refused(path, f"{len(members)} files, none of them {_MANIFEST}", "a manifest beside the reports")
    where = f"{path}: {_MANIFEST}"
    manifest = parse_manifest(where, members[_MANIFEST])
    files = manifest_value(where, manifest, "files")
    made_at = parse_time(str(manifest_value(where, manifest, "date")))
    if not isinstance(files, list) or not all(isinstance(name, str) for name in files):
        raise _refused(f"{where}: files", json.dumps(files), "the list of the reports' names")
    if made_at is None:
        raise _refused(f"{where}: date", str(manifest["date"]), "the time at which the package was made")
    said = {
        "cluster": str(manifest_value(where, manifest, "cluster_id")),
        "package": str(manifest_value(where, manifest, "uuid")),
        "packaged_at": made_at.isoformat(),
    }
    tables = []
    for name in sorted(set(files)):
        if name not in members:
            raise _refused(f"{where}: files", f"{name}, which is not in the tarball", "every report that it lists")
        table = _report(f"{path}: {name}", members[name], said | {"member": name})
        if table is not None:
            tables.append(table)
    found = {name for table in tables for name in table.column_names}
    others = pa.schema([(name, pa.string()) for name in (*_MADE, *_OF_OTHERS) if name not in found])
    return pa.concat_tables([*tables, others.empty_table()], promote_options="default").combine_chunks()


def _unpack(path: str, content: bytes) -> dict[str, bytes]:
    """Return a tarball's files by name, all in memory; refuse whatever is not a plain file of a plain name."""
    members: dict[str, bytes] = {}
    unpacked = 0
    stream = _Bounded(gzip.GzipFile(fileobj=io.BytesIO(content)))
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                if not member.isreg() or member.issparse():
                    raise _hostile(path, f"{member.name}, which is {_sort_of(member)}", "plain files and nothing else")
                if name in ("", ".", "..") or re.search(r"[/\\\0]", name):
                    raise _hostile(path, f"the name {member.name!r}", "names without a path")
                if name in members:
                    raise _hostile(path, f"{name} twice", "each file once")
                unpacked += member.size
                if unpacked > MOST_BYTES:
                    raise _TooLargeError
                if len(members) == MOST_FILES:
                    raise _hostile(path, f"more than {MOST_FILES} files", f"at most {MOST_FILES}")
                file = archive.extractfile(member)
                members[name] = file.read() if file else b""
        while stream.read(1024 * 1024):  # to the last byte, so that the checksum is compared
            pass
    except _TooLargeError:
        raise _hostile(path, f"more than {MOST_BYTES} bytes", f"at most {MOST_BYTES} bytes in all") from None
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise _refused(path, f"a tarball that cannot be read ({error})", "a whole gzipped tarball") from None
    return members


class _TooLargeError(Exception):
    """A tarball unpacks to more than any real one does."""


class _Bounded(io.RawIOBase):
    """What a gzip file unpacks to, as far as is allowed."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        """Return up to so many bytes, at most the rest of what is allowed."""
        rest = MOST_BYTES + 1 - self._read
        block = self._stream.read(rest if size < 0 else min(size, rest))
        self._read += len(block)
        if self._read > MOST_BYTES:
            raise _TooLargeError
        return block


def _sort_of(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return f"a link to {member.linkname}"
    return "a folder" if member.isdir() else "no plain file"


def _report(where: str, content: bytes, said: dict[str, str]) -> pa.Table | None:
    """Return a report's rows, with what the manifest says; None for a report that is passed over."""
    names = _header(where, content)
    report = next((report for begins, report in _REPORTS if any(name.startswith(begins) for name in names)), "other")
    if report in _PASSED_OVER:
        return None
    for column in ("interval_start", "interval_end", *_NEEDED.get(report, ())):
        if column not in names:
            raise _refused(f"{where}:1", f"no column {column}", f"the columns of the report {report}")
    try:
        table = pa_csv.read_csv(
            io.BytesIO(content),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            read_options=pa_csv.ReadOptions(column_names=list(names), skip_rows=1, use_threads=False),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid as error:
        found = f"text that is not CSV ({str(error).splitlines()[0]})"
        raise _refused(where, found, "CSV rows as long as the header") from None
    for column in ("interval_start", "interval_end"):
        table = _replaced(table, column, partial(_time, f"{where}: {column}"))
    for column in names:
        if column.endswith("_labels"):
            table = _replaced(table, column, _labels)
    keys = said | {"report": report}
    for column, value in keys.items():
        table = table.append_column(column, pa.repeat(pa.scalar(value, pa.string()), table.num_rows))
    starts = table["interval_start"].dictionary_encode().combine_chunks()
    stands = [f"{start}|{said['cluster']}|{report}" for start in starts.dictionary.to_pylist()]
    return table.append_column("replaced_by", pa.array(stands, pa.string()).take(starts.indices))


def _header(where: str, content: bytes) -> tuple[str, ...]:
    try:
        first = content.split(b"\n", 1)[0].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(f"{where}:1", f"text that is not UTF-8 ({error})", "a CSV header") from None
    return checked_names([name.strip() for name in next(csv.reader([first]), [""])], f"{where}:1")


def _replaced(table: pa.Table, column: str, change: Callable[[Any], str | None]) -> pa.Table:
    """Return a table with each distinct text of a column changed once."""
    encoded = table[column].dictionary_encode().combine_chunks()
    changed = pa.array([change(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return table.set_column(table.column_names.index(column), column, changed.take(encoded.indices))


def _time(where: str, text: str) -> str:
    """Return a time as Go prints it, or any ISO time, as ISO time in UTC."""
    printed = _GO_TIME.fullmatch(text)
    time = parse_time(f"{printed[1]}T{printed[2]}{printed[3]}" if printed else text)
    if time is None:
        raise _refused(where, repr(text), "a time such as 2026-06-01 00:00:00 +0000 UTC")
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _labels(text: str) -> str | None:
    """Return `label_app:api|label_team:shop` as JSON text with its keys in one order."""
    pairs = (part.partition(":") for part in text.split("|") if part)
    labels = {key.removeprefix("label_"): value for key, _, value in pairs}
    return json.dumps(labels, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if labels else None


def _hostile(path: str, found: str, expected: str) -> DeliveryRefused:
    return DeliveryRefused(
        path,
        found=found,
        expected=expected,
        cure="Do not use this tarball; copy it again from the operator's upload folder.",
    )


def _refused(where: str, found: str, expected: str) -> DeliveryRefused:
    return DeliveryRefused(
        where,
        found=found,
        expected=expected,
        cure="The copy was cut off or altered; copy the tarball again from the operator's upload folder.",
    )


def _period_of(value: str) -> str | None:
    return month_of(value.partition("|")[0])


KIND = Kind(
    name="ocp_report",
    file_sets=file_sets,
    period_column="replaced_by",
    period_of=_period_of,
    subject_columns=((), "cluster"),
    subject_name="cluster",
    newest_per_value=True,
    packages=Packages(package="package", made_at="packaged_at", member="member"),
    to_rows=to_rows,
)

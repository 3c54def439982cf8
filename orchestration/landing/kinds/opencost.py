"""Allocations of OpenCost: answers of its API (JSON), its CSV export and the daily files of its Parquet exporter.

No money: OpenCost's costs are estimates from list prices. Of each window (an hour or a day) the newest file that holds
it counts, so the CSV file that grows, a day that is exported again and answers that overlap all replace what they
repeat.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.errors import DeliveryRefused
from orchestration.landing.json_values import TypesOfColumns
from orchestration.landing.kinds.base import FileSetDiscovery, Kind, Rows
from orchestration.landing.kinds.file_sets import sets_by_name
from orchestration.landing.kinds.json_pages import described, parse_json, text_of
from orchestration.landing.moments import month_of, parse_time
from orchestration.landing.store import StoredFile

_FILES = re.compile(r"\.(csv|csv\.gz|parquet|json|json\.gz)$", re.IGNORECASE)
_DOCUMENTS = re.compile(r"\.(json|json\.gz)$", re.IGNORECASE)
_DAY_FOLDERS = re.compile(r"year=(\d{4})/month=(\d{1,2})/day=(\d{1,2})(?=/)", re.IGNORECASE)
_CLUSTER_FOLDER = re.compile(r"(?:^|/)cluster=([^/]+)/", re.IGNORECASE)
_LABELS = ("labels", "namespaceLabels")
_KNOWN = (
    *("record", "window.start", "window.end", "properties.cluster", "properties.namespace"),
    *("cpuCoreUsageAverage", "volume", "volume_provider_id", "volume_byte_hours"),
    *("service", "load_balancer", "load_balancer_hours"),
)
_IDENTITY = ("name", "window.start", "window.end", "minutes")


def file_sets(files: Mapping[str, StoredFile]) -> FileSetDiscovery:
    """Return the files by scope and snapshot; the exporter's folders `year=/month=/day=` are the date of a file."""
    return sets_by_name(
        {
            _DAY_FOLDERS.sub(lambda day: f"{day[1]}{int(day[2]):02d}{int(day[3]):02d}", path): file
            for path, file in files.items()
        },
        _FILES,
    )


def constants_of(path: str) -> dict[str, str]:
    """Return the cluster that a folder `cluster=<name>` names: the CSV export does not, and others often by default."""
    named = _CLUSTER_FOLDER.search(path)
    return {"cluster": named[1]} if named else {}


def to_rows(path: str, content: bytes) -> Rows:
    """Return the allocations of an answer of the API, or of a list of answers, one row each.

    What an allocation says of its volumes and load balancers becomes rows of their own.

    Raises:
        DeliveryRefused: it is no such answer, reports an error, or has an allocation without properties or window.
    """
    rows: list[dict[str, str | None]] = []
    types = TypesOfColumns()
    for name, allocation in _allocations(path, parse_json(path, content)):
        rows += _rows_of(f"{path}: {name}", allocation)
        for key, value in allocation.items():
            types.add(key, value)
    columns = tuple(dict.fromkeys((*_KNOWN, *(key for row in rows for key in row))))
    return Rows(columns, tuple({column: row.get(column) for column in columns} for row in rows), types.found())


def _allocations(path: str, document: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    pages = document if isinstance(document, list) else [document]
    for page in pages:
        if not isinstance(page, dict):
            raise _refused(path, described(page), "the API's answer, an object with data")
        if str(page.get("code", "200")) != "200":
            raise _refused(f"{path}: code", f"{page['code']} ({page.get('message')})", "an answer with code 200")
        sets = page.get("data", page) or []
        for one in sets if isinstance(sets, list) else [sets]:
            if not isinstance(one, dict) or not all(isinstance(allocation, dict) for allocation in one.values()):
                raise _refused(f"{path}: data", described(one), "objects of allocations by name")
            yield from one.items()


def _rows_of(where: str, allocation: Mapping[str, Any]) -> Iterator[dict[str, str | None]]:
    properties, window = allocation.get("properties"), allocation.get("window")
    if not isinstance(properties, dict):
        raise _refused(
            f"{where}: properties", described(properties), "the allocation's cluster, node, namespace and pod"
        )
    window = window if isinstance(window, dict) else {}
    for bound in ("start", "end"):
        if parse_time(str(window.get(bound))) is None:
            raise _refused(f"{where}: window.{bound}", repr(window.get(bound)), "the time at which it begins or ends")
    row = {key: text_of(value) for key, value in allocation.items() if not isinstance(value, dict | list)}
    row |= {f"window.{key}": text_of(value) for key, value in window.items()}
    row |= {
        f"properties.{key}": _canonical(value) if key in _LABELS else text_of(value)
        for key, value in properties.items()
    }
    yield row | {"record": "allocation"}
    shared = {key: value for key, value in row.items() if key in _IDENTITY or key.startswith("properties.")}
    for key, volume in _members(allocation, "pvs"):
        yield shared | {
            "record": "volume",
            "volume": key.rpartition("name=")[2],
            "volume_provider_id": text_of(volume.get("providerID")),
            "volume_byte_hours": text_of(volume.get("byteHours")),
        }
    for key, balancer in _members(allocation, "lbAllocations"):
        yield shared | {
            "record": "load_balancer",
            "service": (text_of(balancer.get("service")) or key).rpartition("/")[2],
            "load_balancer": text_of(balancer.get("ip")),
            "load_balancer_hours": text_of(balancer.get("hours")),
        }


def _members(allocation: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    members = allocation.get(key)
    if isinstance(members, dict):
        yield from ((name, member) for name, member in sorted(members.items()) if isinstance(member, dict))


def _canonical(labels: Any) -> str | None:
    """Return labels as JSON text with its keys in one order: the text identifies the set."""
    if not isinstance(labels, dict) or not labels:
        return None
    return json.dumps(labels, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _refused(where: str, found: str, expected: str) -> DeliveryRefused:
    return DeliveryRefused(
        where,
        found=found,
        expected=expected,
        cure="Save the answer of /allocation/compute as it comes, or several of them as a list; export it again.",
    )


KIND = Kind(
    name="opencost",
    file_sets=file_sets,
    period_column="window_start",
    period_of=month_of,
    subject_columns=((), "cluster"),
    subject_name="cluster",
    newest_per_value=True,
    to_rows=to_rows,
    documents=_DOCUMENTS,
    constants_of=constants_of,
)

"""The clusters' usage feeds: by the hour as CSV, by the day as Parquet, and in OpenCost's layout."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from orchestration.sample.kubernetes.measured import Measured, capacity
from orchestration.sample.kubernetes.world import Cluster, Workload, steps

DAY = timedelta(days=1)
COLUMNS = (
    "record", "start", "end", "cluster", "node", "provider_id", "namespace", "workload_kind", "workload_name", "pod",
    "labels", "namespace_labels", "hours", "cpu_request", "cpu_limit", "cpu_usage", "memory_request", "memory_limit",
    "memory_usage", "gpu_request", "gpu_usage", "gpu_model", "node_cpu_capacity", "node_memory_capacity",
    "node_gpu_capacity", "claim", "volume", "volume_handle", "storage_class", "requested_gib_hours", "used_gib_hours",
    "held_hours", "traffic_class", "bytes", "service", "load_balancer",
)  # fmt: skip
Row = dict[str, str]
# source, kind and folder of each cluster's feed, in the order of the clusters
CLUSTER_FEEDS = (
    ("eks", "kubernetes_usage", "kubernetes_hourly"),
    ("aks", "opencost", "opencost"),
    ("gke", "kubernetes_usage", "kubernetes_daily"),
)
# OpenCost does not tell what machines could have given: a feed of its own does
NODE_FEED = ("aks-nodes", "kubernetes_usage", "kubernetes_nodes")


def write_usage(folder: Path, cluster: Cluster, pods: Sequence[Measured], *, as_parquet: bool) -> int:
    """Write a cluster's feed in the neutral layout, a file per month; returns the number of rows."""
    return _write_months(folder, cluster, _rows(cluster, pods), as_parquet=as_parquet)


def write_nodes(folder: Path, cluster: Cluster) -> int:
    """Write what a cluster's machines could have given on each day, a file per month; returns the number of rows."""
    return _write_months(folder, cluster, _nodes(cluster), as_parquet=False)


def _write_months(folder: Path, cluster: Cluster, rows_of: Iterable[tuple[datetime, Row]], *, as_parquet: bool) -> int:
    months: dict[str, list[Row]] = defaultdict(list)
    for start, row in rows_of:
        months[f"{start:%Y%m}"].append(row)
    folder.mkdir(parents=True, exist_ok=True)
    for month, rows in months.items():
        table = pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in COLUMNS})
        name = f"{cluster.name}-{month}01"
        if as_parquet:
            pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
        else:
            options = pa_csv.WriteOptions(quoting_style="needed", quoting_header="none")
            target = folder / f"{name}.csv.gz"
            with (
                target.open("wb") as raw,
                gzip.GzipFile(filename="", mode="wb", compresslevel=4, fileobj=raw, mtime=0) as packed,
            ):
                pa_csv.write_csv(table, packed, options)
    return sum(len(rows) for rows in months.values())


def write_opencost(folder: Path, cluster: Cluster, pods: Sequence[Measured]) -> int:
    """Write a cluster's feed as OpenCost answers, a file per month with a set of allocations per day."""
    days: dict[datetime, dict[str, dict[str, object]]] = defaultdict(dict)
    for item in pods:
        name = f"{cluster.name}/{item.node.name}/{item.workload.namespace}/{item.pod}/{item.workload.name}"
        days[item.start][name] = _allocation(cluster, item, name)
    months: dict[str, list[dict[str, dict[str, object]]]] = defaultdict(list)
    for day in sorted(days):
        months[f"{day:%Y%m}"].append(days[day])
    for month, sets in months.items():
        target = folder / f"cluster={cluster.name}" / f"allocations-{month}01.json.gz"
        target.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"code": 200, "data": sets}, separators=(",", ":"))
        target.write_bytes(gzip.compress(text.encode(), 4, mtime=0))
    return len(pods)


def _allocation(cluster: Cluster, item: Measured, name: str) -> dict[str, object]:
    workload = item.workload
    begins = max(item.start, item.node.start)
    allocation: dict[str, object] = {
        "name": name,
        "properties": {
            "cluster": cluster.name,
            "node": item.node.name,
            "container": workload.name,
            "controller": workload.name,
            "controllerKind": workload.kind.lower(),
            "namespace": workload.namespace,
            "pod": item.pod,
            "providerID": item.node.provider_id,
            "labels": workload.labels,
            "namespaceLabels": {"kubernetes.io/metadata.name": workload.namespace, **workload.ownership_labels},
        },
        "window": {"start": _time(item.start), "end": _time(item.start + DAY)},
        "start": _time(begins),
        "end": _time(begins + timedelta(hours=float(item.hours))),
        "minutes": float(item.hours * 60),
        "cpuCoreRequestAverage": _average(item.cpu_request, item.hours),
        "cpuCoreUsageAverage": _average(item.cpu_usage, item.hours),
        "ramByteRequestAverage": _average(item.memory_request * 2**30, item.hours),
        "ramByteUsageAverage": _average(item.memory_usage * 2**30, item.hours),
        # an estimate from list prices, which is money to nobody
        "totalCost": round(float(item.cpu_usage) * 0.03 + float(item.memory_usage) * 0.004, 5),
    }
    mounted = [volume for volume in cluster.volumes if volume.workload == workload]
    if mounted:
        allocation["pvs"] = {
            f"cluster={cluster.name}:name={volume.name}": {
                "byteHours": volume.gib * 2**30 * float(item.hours),
                "providerID": volume.handle,
            }
            for volume in mounted
        }
    return allocation


def _average(value: Decimal, hours: Decimal) -> float:
    """Return an average of at most six decimals as a JSON number."""
    return float((value / hours).quantize(Decimal("0.000001")))


def _rows(cluster: Cluster, pods: Sequence[Measured]) -> Iterator[tuple[datetime, Row]]:
    for item in pods:
        yield item.start, _pod(cluster, item)
    for day in steps(cluster.start, cluster.end, DAY):
        of_day = {"cluster": cluster.name, "start": _time(day), "end": _time(day + DAY)}
        for volume in cluster.volumes:
            held = volume.released is None or day < volume.released
            row = of_day | {
                "record": "volume",
                "volume": volume.name,
                "volume_handle": volume.handle,
                "storage_class": volume.storage_class,
                "requested_gib_hours": str(volume.gib * 24),
                "used_gib_hours": str(volume.gib * 24 * 5 // 8),
                "held_hours": "24" if held else "0",
            }
            if held:
                row |= _of(volume.workload) | {"claim": volume.claim, "labels": _labels(volume.workload)}
            yield day, row
        for balancer in cluster.balancers:
            for workload, hours in balancer.services:
                yield (
                    day,
                    of_day
                    | {
                        "record": "load_balancer",
                        "namespace": workload.namespace,
                        "service": workload.name,
                        "load_balancer": balancer.handle,
                        "hours": str(hours),
                    },
                )
    for sent in cluster.traffic:
        day = datetime.combine(sent.day, cluster.start.timetz())
        yield (
            day,
            _of(sent.workload)
            | {
                "record": "network",
                "cluster": cluster.name,
                "start": _time(day),
                "end": _time(day + DAY),
                "node": sent.node.name,
                "provider_id": sent.node.provider_id,
                "traffic_class": sent.traffic_class,
                "bytes": str(sent.mebibytes * 1024**2),
            },
        )


def _nodes(cluster: Cluster) -> Iterator[tuple[datetime, Row]]:
    for day in steps(cluster.start, cluster.end, DAY):
        for node in cluster.nodes:
            cores, memory, _ = capacity(node, day, DAY)
            if cores:
                yield (
                    day,
                    {
                        "record": "node",
                        "cluster": cluster.name,
                        "start": _time(day),
                        "end": _time(day + DAY),
                        "node": node.name,
                        "provider_id": node.provider_id,
                        "node_cpu_capacity": _text(cores),
                        "node_memory_capacity": _text(memory),
                    },
                )


def _pod(cluster: Cluster, item: Measured) -> Row:
    cores, memory, gpus = capacity(item.node, item.start, cluster.step)
    row = _of(item.workload) | {
        "record": "pod",
        "start": _time(item.start),
        "end": _time(item.start + cluster.step),
        "cluster": cluster.name,
        "node": item.node.name,
        "provider_id": item.node.provider_id,
        "pod": item.pod,
        "labels": _labels(item.workload),
        "namespace_labels": _namespace_labels(item.workload),
        "hours": _text(item.hours),
        "cpu_request": _text(item.cpu_request),
        "cpu_usage": _text(item.cpu_usage),
        "memory_request": _text(item.memory_request),
        "memory_limit": _text(item.memory_request * 2),
        "memory_usage": _text(item.memory_usage),
        "node_cpu_capacity": _text(cores),
        "node_memory_capacity": _text(memory),
    }
    if item.node.type.gpus:
        row |= {
            "gpu_request": _text(item.gpu_request),
            "gpu_usage": _text(item.gpu_usage),
            "gpu_model": item.node.type.gpu_model,
            "node_gpu_capacity": _text(gpus),
        }
    return row


def _of(workload: Workload) -> Row:
    return {"namespace": workload.namespace, "workload_kind": workload.kind, "workload_name": workload.name}


@cache
def _labels(workload: Workload) -> str:
    return _json(workload.labels)


@cache
def _namespace_labels(workload: Workload) -> str:
    return _json({"kubernetes.io/metadata.name": workload.namespace, **workload.ownership_labels})


def _json(labels: dict[str, str]) -> str:
    return json.dumps(labels, sort_keys=True, separators=(",", ":"))


@cache
def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _text(value: Decimal) -> str:
    return f"{value:f}"

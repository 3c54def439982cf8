"""Deliveries of Kubernetes telemetry as its tools write them: answers, exports and tarballs, with their quirks."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

GIB = 1024**3
DAY = "2026-05-01"
OCP_HEADERS = {
    "pod": "node,namespace,pod,pod_usage_cpu_core_seconds,pod_request_cpu_core_seconds,pod_limit_cpu_core_seconds,"
    "pod_usage_memory_byte_seconds,pod_request_memory_byte_seconds,pod_limit_memory_byte_seconds,"
    "node_capacity_cpu_cores,node_capacity_cpu_core_seconds,node_capacity_memory_bytes,"
    "node_capacity_memory_byte_seconds,node_role,resource_id,pod_labels",
    "storage": "namespace,pod,node,persistentvolumeclaim,persistentvolume,storageclass,csi_driver,csi_volume_handle,"
    "persistentvolumeclaim_capacity_bytes,persistentvolumeclaim_capacity_byte_seconds,"
    "volume_request_storage_byte_seconds,persistentvolumeclaim_usage_byte_seconds,persistentvolume_labels,"
    "persistentvolumeclaim_labels",
    "gpu": "node,namespace,pod,gpu_uuid,gpu_model_name,gpu_vendor_name,gpu_memory_capacity_mib,gpu_pod_uptime,"
    "gpu_pod_utilization,gpu_max_slices,mig_instance_id,mig_profile,mig_strategy",
    "namespace_labels": "namespace,namespace_labels",
    "node_labels": "node,node_labels",
    "vm": "node,resource_id,namespace,vm_name,vm_uptime_total_seconds",
}
_PERIOD = "report_period_start,report_period_end,interval_start,interval_end"


def allocation(
    name: str,
    hour: int,
    *,
    minutes: float | None = 60,
    cpu: tuple[float | None, float | None] = (None, None),
    ram: tuple[float | None, float | None] = (None, None),
    properties: dict[str, Any] | None = None,
    **others: Any,
) -> dict[str, Any]:
    """An allocation of the API, of one hour of the day; cpu and ram are averages requested and used."""
    return {
        "name": name,
        "properties": {"cluster": "cluster-one"} | (properties or {}),
        "window": {"start": f"{DAY}T{hour:02d}:00:00Z", "end": f"{DAY}T{hour + 1:02d}:00:00Z"},
        "start": f"{DAY}T{hour:02d}:00:00Z",
        "end": f"{DAY}T{hour + 1:02d}:00:00Z",
        "minutes": minutes,
        "cpuCoreRequestAverage": cpu[0],
        "cpuCoreUsageAverage": cpu[1],
        "ramByteRequestAverage": ram[0],
        "ramByteUsageAverage": ram[1],
        "gpuCount": 0,
        "totalCost": 0.1,
    } | others


def opencost_deliveries(folder: Path) -> None:
    """Write the three forms, each of a cluster of its own, beside an answer that a later one replaces."""
    pod = {
        "node": "gke-1",
        "providerID": "gce://acme/europe-west3-a/gke-1",
        "namespace": "shop",
        "controllerKind": "deployment",
        "controller": "api",
        "pod": "api-1",
        "labels": {"team": "shop", "app": "api"},
        "namespaceLabels": {"owner": "shop-prod"},
    }
    name = "cluster-one/gke-1/shop/api-1/{}"
    web, proxy = ({**pod, "container": container} for container in ("web", "proxy"))
    older = {name.format("web"): allocation(name.format("web"), 0, cpu=(9, 9), ram=(9, 9), properties=web)}
    volumes = {
        "cluster=cluster-one:name=pvc-1": {
            "byteHours": 10 * GIB,
            "cost": 0.02,
            "providerID": "projects/acme/zones/europe-west3-a/disks/pvc-1",
        }
    }
    balancers = {"cluster-one/shop/api": {"service": "shop/api", "cost": 0.03, "ip": "203.0.113.7", "hours": 1}}
    first = {
        name.format("web"): allocation(
            name.format("web"),
            0,
            minutes=45,
            cpu=(0.5, 0.1),
            ram=(2 * GIB, GIB + 0.5),
            properties=web,
            networkTransferBytes=1000,
            networkReceiveBytes=5,
            pvs=volumes,
            lbAllocations=balancers,
        ),
        name.format("proxy"): allocation(
            name.format("proxy"), 0, cpu=(None, 0.25), ram=(None, None), properties=proxy, lbAllocations=balancers
        ),
        "cluster-one/gke-1/__idle__": allocation(
            "cluster-one/gke-1/__idle__", 0, properties={"node": "gke-1"}, totalCost=-0.04
        ),
        "cluster-one/__unmounted__": allocation(
            "cluster-one/__unmounted__",
            0,
            properties={"namespace": "__unmounted__", "pod": "__unmounted__"},
            pvs={"cluster=cluster-one:name=pvc-2": {"byteHours": 20 * GIB, "providerID": "disks/pvc-2"}},
        ),
        "__unallocated__": allocation("__unallocated__", 0, cpu=(1, 1)),
    }
    bare = {**pod, "pod": "debug", "controller": "__unallocated__", "controllerKind": "", "container": "sh"}
    third = {name.format("sh"): allocation(name.format("sh"), 2, cpu=(1, 1), ram=(GIB, GIB), properties=bare)}
    _write(folder / "cluster=dev-gke/allocation-20260501T060000Z.json", json.dumps(_answer(older)).encode())
    pages = [_answer(first, {}), _answer(third)]
    _write(folder / "cluster=dev-gke/allocation-20260502T060000Z.json", json.dumps(pages).encode())
    header = (
        "Date,Namespace,ControllerKind,ControllerName,Pod,Container,CPUCoreUsageAverage,CPUCoreRequestAverage,"
        "RAMBytesUsageAverage,RAMBytesRequestAverage,NetworkReceiveBytes,NetworkTransferBytes,GPUs,PVBytes,CPUCost,"
        "RAMCost,NetworkCost,PVCost,GPUCost,TotalCost,Labels,Label_team"
    )
    rows = [
        f"{DAY},docs,deployment,site,site-1,web,0.25,0.5,{GIB},NaN,0,2048,0,0,1,1,0,0,0,2,"
        '"{""app"":""site"",""team"":""docs""}",docs',
        f"{DAY},__unmounted__,,,__unmounted__,__unmounted__,0,0,0,0,0,0,0,{GIB},0,0,0,1,0,1,,",
        "2026-05-02,docs,deployment,site,site-1,web,0.5,0.5,1,1,0,0,0,0,1,1,0,0,0,2,"
        '"{""app"":""site"",""team"":""docs""}",docs',
    ]
    _write(folder / "cluster=dev-aks/opencost.csv", "\n".join([header, *rows, ""]).encode())
    columns: dict[str, list[Any]] = {
        "name": ["prod/n1/batch/job-1", "prod/n1/batch/job-1", "prod/n1/__idle__"],
        "running_start_time": [f"{DAY}T22:30:00Z", f"{DAY}T23:00:00Z", f"{DAY}T23:00:00Z"],
        "running_end_time": [f"{DAY}T23:00:00Z", f"{DAY}T23:59:59Z", f"{DAY}T23:59:59Z"],
        "running_minutes": [30.0, 60.0, 60.0],
        "window.start": [f"{DAY}T22:00:00Z", f"{DAY}T23:00:00Z", f"{DAY}T23:00:00Z"],
        "window.end": [f"{DAY}T23:00:00Z", f"{DAY}T23:59:59Z", f"{DAY}T23:59:59Z"],
        "properties.cluster": ["prod-eks", "prod-eks", "prod-eks"],
        "properties.node": ["ip-10-0-0-1", "ip-10-0-0-1", "ip-10-0-0-1"],
        "properties.providerID": ["i-0e1", "i-0e1", None],
        "properties.namespace": ["batch", "batch", None],
        "properties.pod": ["job-1", "job-1", None],
        "label.team": ["data", "data", None],
        "namespaceLabels.team": ["data", "data", None],
        "cpuCoreRequestAverage": [2.0, 2.0, 0.0],
        "cpuCoreUsageAverage": [1.5e-05, float("nan"), 0.0],
        "ramByteRequestAverage": [float(GIB), float(GIB), 0.0],
        "ramByteUsageAverage": [float(GIB) / 2, float("nan"), 0.0],
        "gpuCount": [1.0, 1.0, 0.0],
        "totalCost": [0.5, 0.5, 0.25],
    }
    file = folder / "exporter/year=2026/month=05/day=01/k8s_opencost.parquet"
    file.parent.mkdir(parents=True)
    pq.write_table(pa.table(columns), file)


def ocp_rows(report: str, hour: int, *rows: str) -> bytes:
    """A report of the operator with rows of one hour."""
    day = f"{DAY} {hour:02d}:00:00 +0000 UTC,{DAY} {hour:02d}:59:59 +0000 UTC"
    lines = [f"2026-05-01 00:00:00 +0000 UTC,2026-06-01 00:00:00 +0000 UTC,{day},{row}" for row in rows]
    return "\n".join([f"{_PERIOD},{OCP_HEADERS[report]}", *lines, ""]).encode()


def ocp_tarball(
    path: Path,
    *reports: bytes,
    uuid: str = "11111111-0000-4000-8000-000000000000",
    made: str = f"{DAY}T06:00:00.123456789Z",
    cluster: str = "ocp-prod",
    first: int = 0,
    **others: Any,
) -> None:
    """Write a package's tarball; its reports are numbered from ``first`` on, as parts of a package are."""
    names = [f"{uuid}_openshift_usage_report.{number}.csv" for number in range(first, first + len(reports))]
    manifest = {"uuid": uuid, "cluster_id": cluster, "version": "0a1b", "date": made, "files": names, "certified": True}
    members = dict(zip(names, reports, strict=True)) | {"manifest.json": json.dumps(manifest | others).encode()}
    write_tarball(path, members)


def write_tarball(path: Path, members: dict[str, bytes]) -> None:
    """Write files as a gzipped tarball, alike on every call."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    _write(path, gzip.compress(packed.getvalue(), mtime=0))


def read_tarball(path: Path) -> dict[str, bytes]:
    """The files of a tarball by name."""
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]


def ocp_pod(
    pod: str, node: str = "worker-1", *, used: str = "360.000000", requested: str = "1800.000000", labels: str = ""
) -> str:
    """A row of the pod report: a node of four cores and 16 GiB, one GiB of memory used."""
    memory = f"{GIB * 3600}.000000"
    capacity = f"4.000000,14400.000000,{16 * GIB}.000000,{16 * GIB * 3600}.000000"
    return f"{node},shop,{pod},{used},{requested},,{memory},,,{capacity},worker,i-0{node[-1]},{labels}"


def ocp_packages(folder: Path) -> None:
    """Write packages of two clusters: one that a later one repeats an hour of, and one in two parts.

    The names do not tell which package is newer, as where tarballs are kept under the identifiers of uploads.
    """
    labels = "label_team:shop|label_app_kubernetes_io_name:api"
    ocp_tarball(
        folder / "prod/b.tar.gz",
        ocp_rows("pod", 0, ocp_pod("api-1", used="9.000000"), ocp_pod("gone-1")),
        ocp_rows("namespace_labels", 0, "shop,label_owner:shop-old"),
    )
    newer: dict[str, Any] = {"uuid": "22222222-0000-4000-8000-000000000000", "made": f"{DAY}T12:00:00Z"}
    gpu = "GPU-{0},A100,nvidia_com_gpu,40960,{1},,{2}"
    ten, four = 10 * GIB * 3600, 4 * GIB * 3600
    sizes = f"{10 * GIB}.000000,{ten}.000000,{ten}.000000,{four}.000000,,label_app:db"
    ocp_tarball(
        folder / "prod/a.tar.gz",
        ocp_rows("pod", 0, ocp_pod("api-1", labels=labels), ocp_pod("ml-1", "worker-2", requested="")),
        ocp_rows("pod", 2, ocp_pod("api-1", "worker-2", labels=labels)),
        **newer,
    )
    ocp_tarball(
        folder / "prod/c.tar.gz",
        ocp_rows("pod", 0, ocp_pod("api-2")),
        ocp_rows("namespace_labels", 0, "shop,label_owner:shop-prod"),
        ocp_rows("node_labels", 0, "worker-1,label_zone:a"),
        ocp_rows(
            "storage",
            0,
            f"shop,db-1,worker-1,data,pvc-1,gp3-csi,ebs.csi.aws.com,vol-0cc,{sizes}",
            f"shop,,,old,pvc-2,gp3-csi,ebs.csi.aws.com,vol-0dd,{sizes}",
        ),
        ocp_rows(
            "gpu",
            0,
            "worker-2,shop,ml-1," + gpu.format(1, "3600.000000", "7.000000,1,2g.10gb,mixed"),
            "worker-2,shop,ml-1," + gpu.format(2, "1800.000000", ",,,"),
            "worker-2,shop,ml-2," + gpu.format(3, "3600.000000", ",0,1g.5gb,mixed"),
        ),
        ocp_rows("vm", 0, "worker-1,i-01,shop,vm-1,3600.000000"),
        first=2,
        **newer,
    )
    ocp_tarball(
        folder / "edge/20260501T060000-cost-mgmt.tar.gz",
        ocp_rows("pod", 0, ocp_pod("till-1", labels="label_app:till")),
        cluster="ocp-edge",
    )


def csv_records(content: bytes) -> list[dict[str, Any]]:
    """The rows of a CSV file."""
    return [dict(row) for row in csv.DictReader(io.StringIO(content.decode(), newline=""))]


def _answer(*sets: dict[str, Any]) -> dict[str, Any]:
    return {"code": 200, "data": list(sets)}


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)

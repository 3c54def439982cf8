"""What the clusters' meters say: pods by the hour or the day, in the numbers that the feeds carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.sample.kubernetes.world import Cluster, Node, Workload

GPU_DIGITS = Decimal("0.000001")
_NOTHING = Decimal(0)
_CORE, _BYTE = Decimal("0.000001"), Decimal(1) / 2**30


@dataclass(frozen=True)
class Measured:
    """A pod on a node in an interval: core hours, GiB hours, GPU hours, exactly as a feed writes them."""

    start: datetime
    node: Node
    pod: str
    workload: Workload
    hours: Decimal
    cpu_request: Decimal
    cpu_usage: Decimal
    memory_request: Decimal
    memory_usage: Decimal
    gpu_request: Decimal
    gpu_usage: Decimal


def measured(cluster: Cluster) -> list[Measured]:
    """Return what is measured of the pods of a cluster by its intervals, in order of time, node and pod."""
    sums: dict[tuple[datetime, str, str], list[int]] = {}
    things: dict[tuple[datetime, str, str], tuple[Node, Workload]] = {}
    for sample in cluster.samples:
        key = (sample.start, sample.pod.node.name, sample.pod.name)
        values = (
            sample.quarters, sample.cpu_request, sample.cpu_usage, sample.memory_request, sample.memory_usage,
            sample.gpu_request, sample.gpu_usage,
        )  # fmt: skip
        if key in sums:
            sums[key] = [total + value for total, value in zip(sums[key], values, strict=True)]
        else:
            sums[key] = list(values)
            things[key] = (sample.pod.node, sample.pod.workload)
    rows = []
    for key in sorted(sums):
        node, workload = things[key]
        length, cpu_request, cpu_usage, memory_request, memory_usage, gpu_request, gpu_usage = sums[key]
        hours = Decimal(length) / 4
        cores = (core_hours(cpu_request), core_hours(cpu_usage))
        memory = (gib_hours(memory_request), gib_hours(memory_usage))
        if cluster.in_averages:
            cores = (_averaged(cores[0], hours, _CORE), _averaged(cores[1], hours, _CORE))
            memory = (_averaged(memory[0], hours, _BYTE), _averaged(memory[1], hours, _BYTE))
        rows.append(
            Measured(
                key[0], node, key[2], workload, hours, *cores, *memory, gpu_hours(gpu_request), gpu_hours(gpu_usage)
            )
        )
    return rows


def _averaged(value: Decimal, hours: Decimal, unit: Decimal) -> Decimal:
    """Return what is left of a value when it is told as an average in whole units."""
    return (value / hours / unit).quantize(Decimal(1)) * unit * hours


def core_hours(value: int) -> Decimal:
    """Thousandths of a core × quarters of an hour, exactly."""
    return Decimal(value) / 4000


def gib_hours(value: int) -> Decimal:
    """64 MiB × quarters of an hour, exactly."""
    return Decimal(value) / 64


def gpu_hours(value: int) -> Decimal:
    """Sevenths of a GPU × quarters of an hour, to six decimals as an exporter writes them."""
    return (Decimal(value) / 28).quantize(GPU_DIGITS) if value else _NOTHING


def capacity(node: Node, start: datetime, step: timedelta) -> tuple[Decimal, Decimal, Decimal]:
    """Return what a node could have given in an interval: core hours, GiB hours, GPU hours."""
    hours = Decimal(node.quarters(start, start + step)) / 4
    return node.type.cores * hours, node.type.memory * hours, node.type.gpus * hours

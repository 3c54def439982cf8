"""What a cluster is made of. Times are whole quarters of an hour, in UTC; quantities are whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
MIG_SLICES = 7
"""Slices of a GPU that is partitioned; a profile takes one or more of them."""


@dataclass(frozen=True)
class NodeType:
    """A size of machine: whole cores, GiB and GPUs; ``rate`` is the price of an hour, as text."""

    name: str
    cores: int
    memory: int
    rate: str
    gpus: int = 0
    gpu_model: str = ""


@dataclass(frozen=True)
class Node:
    """A machine of a cluster while it runs: ``end`` is exclusive.

    Attributes:
        name: as the cluster calls it.
        provider_id: as its kubelet says.
        resource_id: as the bill says.
        group: the node group, scale set or node pool.
        is_spot: whether the cloud may take it away.

    """

    name: str
    provider_id: str
    resource_id: str
    group: str
    type: NodeType
    start: datetime
    end: datetime
    is_spot: bool = False

    def quarters(self, start: datetime, end: datetime) -> int:
        """Return the quarters of an hour that it ran within a time."""
        return quarters(max(self.start, start), min(self.end, end))


@dataclass(frozen=True)
class Workload:
    """Something that runs on nodes of a group, as its owners deploy it.

    Attributes:
        kind: Deployment, StatefulSet, DaemonSet, CronJob.
        cpu: millicores requested.
        memory: units of 64 MiB requested.
        gpu: slices of a seventh of a GPU requested.
        busy: percent of the request that is used, on average; of what a small pod requests when nothing is requested.
        owner: product and environment that own it, or a cost centre; empty when nobody does.
        found_by: ``label`` (its labels name the owner), ``namespace`` (the registry does), ``pool`` (the registry says
            it serves everybody) or ``nobody``.

    """

    namespace: str
    kind: str
    name: str
    group: str
    replicas: int
    cpu: int
    memory: int
    busy: int
    owner: str
    found_by: str
    gpu: int = 0
    hour: int = 2

    @property
    def labels(self) -> dict[str, str]:
        """Labels of its pods."""
        return {"app.kubernetes.io/name": self.name} | self.ownership_labels

    @property
    def ownership_labels(self) -> dict[str, str]:
        """Labels that say whose it is, on its pods and its namespace."""
        if self.found_by != "label":
            return {}
        product, environment = self.owner.split()
        return {"product": product, "environment": environment}


@dataclass(frozen=True)
class Pod:
    """A pod on a node while it runs there; a pod that moves is one of each node."""

    name: str
    workload: Workload
    node: Node
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Sample:
    """What was measured of a pod within an hour or day, or what it means in sums.

    Cores in thousandths × quarters of an hour, memory in 64 MiB × quarters, GPUs in sevenths × quarters.
    """

    pod: Pod
    start: datetime
    quarters: int
    cpu_request: int
    cpu_usage: int
    memory_request: int
    memory_usage: int
    gpu_request: int
    gpu_usage: int


@dataclass(frozen=True)
class Volume:
    """A disk: claimed by a workload until ``released`` (None: to the end), billed until ``end``.

    ``handle`` is what the cluster calls the disk at its provider.
    """

    name: str
    resource_id: str
    handle: str
    claim: str
    workload: Workload
    gib: int
    storage_class: str
    start: datetime
    end: datetime
    released: datetime | None = None


@dataclass(frozen=True)
class LoadBalancer:
    """A load balancer with the services behind it: workload and hours a day that its service used it."""

    resource_id: str
    handle: str
    services: tuple[tuple[Workload, int], ...]


@dataclass(frozen=True)
class Traffic:
    """What the pods of a workload on a node sent on a day, in MiB."""

    day: date
    node: Node
    workload: Workload
    traffic_class: str
    mebibytes: int


@dataclass
class Cluster:
    """A cluster and all that happened in it, from ``start`` to ``end``.

    Attributes:
        name: as its feed calls it.
        resource_id: of the control plane on the bill.
        hands_on: whether what is shared and what is idle is handed on to who uses the cluster; else its platform team
            keeps it.
        step: length of the intervals that its meter reports.
        in_averages: whether its meter is OpenCost, which tells averages over the time that a pod ran; what the machines
            could have given is told by a meter of its own.
        gap: a time in which nothing was measured.
        gateway: NAT gateway on the bill; empty where the bill has none of the cluster's own.

    """

    name: str
    source_id: str
    region: str
    resource_id: str
    start: datetime
    end: datetime
    workloads: tuple[Workload, ...]
    hands_on: bool
    step: timedelta
    in_averages: bool = False
    nodes: list[Node] = field(default_factory=list)
    pods: list[Pod] = field(default_factory=list)
    volumes: list[Volume] = field(default_factory=list)
    balancers: list[LoadBalancer] = field(default_factory=list)
    traffic: list[Traffic] = field(default_factory=list)
    gap: tuple[datetime, datetime] | None = None
    gateway: str = ""
    samples: list[Sample] = field(default_factory=list)


def quarters(start: datetime, end: datetime) -> int:
    """Return the quarters of an hour between two times; none when they are in the wrong order."""
    return max(int((end - start) / QUARTER), 0)


def steps(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    """Return the beginnings of the hours or days that touch a time."""
    moment = start.replace(minute=0) if step == HOUR else start.replace(hour=0, minute=0)
    while moment < end:
        yield moment
        moment += step

"""Who used the clusters, and who pays: per resource and day, in exact arithmetic from the numbers that the feeds carry.

Written for tests only, from what ran; nothing here is shared with the models that must find the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from pathlib import Path
from typing import NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.sample.company import UNALLOCATED, Company
from orchestration.sample.kubernetes.bills import ClusterBill
from orchestration.sample.kubernetes.measured import Measured, capacity
from orchestration.sample.kubernetes.world import HOUR, Cluster, Traffic, Workload

DAY = timedelta(days=1)
IDLE = "__idle__"
SHARED, IDLE_POOL = "kubernetes-shared", "kubernetes-idle"
_DIGITS = Decimal("1e-12")
_PRECISION = 50
# worth of a core hour, a GiB hour and a GPU hour, on nodes without and with GPUs
_WEIGHTS = {False: (Decimal(9), Decimal(1), Decimal(0)), True: (Decimal("0.9"), Decimal("0.1"), Decimal(9))}
SCHEMA = pa.schema(
    [
        ("cluster", pa.string()),
        ("role", pa.string()),
        ("resource_id", pa.string()),
        ("charge_date", pa.date32()),
        ("namespace", pa.string()),
        ("workload_kind", pa.string()),
        ("workload_name", pa.string()),
        ("domain_id", pa.string()),
        ("effective_cost", pa.decimal128(38, 12)),
    ]
)


class Consumer(NamedTuple):
    """Who used it; all but the namespace are empty for what is idle."""

    namespace: str
    kind: str
    name: str


class Part(NamedTuple):
    """What a consumer is charged for of a node, and its part of what is idle of it, in weighted hours."""

    consumer: Consumer
    target: str
    quantity: Decimal
    idle: Decimal


def platform(company: Company) -> str:
    """Return the domain of the platform team, which keeps what the clusters do not hand on."""
    return company.domain("CC-6010", "devportal", "prod")


def target_of(company: Company, cluster: Cluster, workload: Workload, day: date) -> str:
    """Return the domain or pool that the cost of a workload goes to on a day."""
    if workload.found_by == "nobody":
        return UNALLOCATED
    if workload.found_by == "pool":
        return SHARED if cluster.hands_on else platform(company)
    if workload.owner in company.cost_centres:
        return company.general(workload.owner)
    product, environment = workload.owner.split()
    return [domain for since, domain in company.domain_history(product, environment) if day >= since][-1]


def consumer_of(cluster: Cluster, workload: Workload) -> Consumer:
    """Return a workload as the cluster's feed names it: OpenCost writes kinds in lower case."""
    kind = workload.kind.lower() if cluster.in_averages else workload.kind
    return Consumer(workload.namespace, kind, workload.name)


def kubernetes_truth(
    company: Company, cluster: Cluster, pods: Sequence[Measured], bill: ClusterBill
) -> list[dict[str, object]]:
    """Return what every consumer's part of each resource and day costs whom.

    Args:
        company: whose the workloads are.
        cluster: what ran.
        pods: what was measured of it.
        bill: the cluster's part of the bill, which knows what each resource cost, hour by hour or day by day.

    """
    with localcontext() as context:
        context.prec = _PRECISION
        costs: dict[tuple[str, str, date, Consumer, str], Decimal] = defaultdict(Decimal)
        parts = _node_parts(company, cluster, pods)
        used = _compute_by_day(parts)
        sent: dict[tuple[str, date], list[Traffic]] = defaultdict(list)
        for item in cluster.traffic:
            sent[(item.node.resource_id, item.day)].append(item)
            if item.traffic_class == "nat":
                sent[(cluster.gateway, item.day)].append(item)
        for (role, resource_id, begun), cost in bill.costs.items():
            day = begun.date()
            # Google's days begin in the morning of those that are measured
            start = begun if cluster.step == HOUR else begun.replace(hour=0)
            shares: Shares
            if role == "node":
                shares = _of_node(company, cluster, parts, resource_id, start)
            elif role == "control_plane":
                shares = _normalised(used[day].items()).items()
            elif role == "volume":
                shares = _of_volume(company, cluster, resource_id, day)
            elif role == "load_balancer":
                shares = _of_balancer(company, cluster, resource_id, day)
            else:
                shares = _of_traffic(company, cluster, sent[(resource_id, day)])
            for (consumer, domain_id), share in shares:
                costs[(role, resource_id, day, consumer, domain_id)] += cost * share
        return [
            {
                "cluster": cluster.name,
                "role": role,
                "resource_id": resource_id,
                "charge_date": day,
                "namespace": consumer.namespace,
                "workload_kind": consumer.kind or None,
                "workload_name": consumer.name or None,
                "domain_id": domain_id,
                "effective_cost": cost.quantize(_DIGITS),
            }
            for (role, resource_id, day, consumer, domain_id), cost in sorted(costs.items())
            if cost
        ]


def write_truth(path: Path, rows: Sequence[dict[str, object]]) -> None:
    """Write the truth of all clusters."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), schema=SCHEMA), path, compression="zstd")


Shares = Iterable[tuple[tuple[Consumer, str], Decimal]]
Parts = dict[tuple[str, datetime], list[Part]]


def _node_parts(company: Company, cluster: Cluster, pods: Sequence[Measured]) -> Parts:
    """Return, by billed resource and interval, what each consumer is charged for, and what is idle."""
    of_node: dict[tuple[str, datetime], list[Measured]] = defaultdict(list)
    for item in pods:
        of_node[(item.node.name, item.start)].append(item)
    parts: Parts = defaultdict(list)
    targets: dict[tuple[Workload, date], str] = {}
    for (_, start), items in of_node.items():
        node = items[0].node
        weights = _WEIGHTS[bool(node.type.gpus)]
        claims = [
            (
                max(item.cpu_request, item.cpu_usage),
                max(item.memory_request, item.memory_usage),
                max(item.gpu_request, item.gpu_usage),
            )
            for item in items
        ]
        claimed = [sum(claim[resource] for claim in claims) for resource in range(3)]
        able = capacity(node, start, cluster.step)
        idle = [
            weight * max(most - claim, Decimal(0)) for weight, most, claim in zip(weights, able, claimed, strict=True)
        ]
        for item, claim in zip(items, claims, strict=True):
            quantity = idle_part = Decimal(0)
            for resource in range(3):
                if claim[resource]:
                    # where more is claimed than there is, everybody gets less
                    worth = weights[resource] * able[resource] / max(able[resource], claimed[resource])
                    quantity += claim[resource] * worth
                    idle_part += idle[resource] * claim[resource] / claimed[resource]
            consumer = consumer_of(cluster, item.workload)
            key = (item.workload, start.date())
            if key not in targets:
                targets[key] = target_of(company, cluster, *key)
            target = targets[key]
            parts[(node.resource_id, start)].append(Part(consumer, target, quantity, idle_part))
        left = IDLE_POOL if cluster.hands_on else platform(company)
        if any(idle):
            parts[(node.resource_id, start)].append(Part(Consumer(IDLE, "", ""), left, Decimal(sum(idle)), Decimal(0)))
    return parts


def _of_node(
    company: Company, cluster: Cluster, parts: Parts, resource_id: str, start: datetime
) -> Iterator[tuple[tuple[Consumer, str], Decimal]]:
    """Divide a node's cost of an hour or day; an hour that nobody measured like the rest of its day."""
    found = parts.get((resource_id, start), [])
    if not found:
        midnight = start.replace(hour=0)
        found = [part for hour in range(24) for part in parts.get((resource_id, midnight + hour * HOUR), [])]
    total = sum(part.quantity for part in found)
    if not total:
        raise AssertionError(f"{resource_id} was never measured on {start}")
    # what goes to a pool is divided among the domains on the same node
    own = [part for part in found if part.target not in {SHARED, IDLE_POOL}]
    idle = _normalised((part.target, part.idle) for part in own)
    unused = sum(part.quantity for part in found if part.target == IDLE_POOL)
    handed = {
        # of what shared namespaces cost, a part goes on with the idle capacity
        SHARED: _normalised(
            [
                *((part.target, part.quantity) for part in own),
                *((domain_id, unused * share) for domain_id, share in idle.items()),
            ]
        ),
        IDLE_POOL: idle,
    }
    for part in found:
        share = part.quantity / total
        if part.target not in handed:
            yield (part.consumer, part.target), share
        elif handed[part.target]:
            for domain_id, of_it in handed[part.target].items():
                yield (part.consumer, domain_id), share * of_it
        else:
            yield (part.consumer, platform(company)), share


def _compute_by_day(parts: Parts) -> dict[date, dict[tuple[Consumer, str], Decimal]]:
    """Return, by day, what consumers of domains were charged for on the nodes: the control plane is divided by that."""
    used: dict[date, dict[tuple[Consumer, str], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for (_, start), found in parts.items():
        for part in found:
            if part.target not in {SHARED, IDLE_POOL} and part.consumer.namespace != IDLE:
                used[start.date()][(part.consumer, part.target)] += part.quantity
    return used


def _of_volume(
    company: Company, cluster: Cluster, resource_id: str, day: date
) -> Iterator[tuple[tuple[Consumer, str], Decimal]]:
    """Give a disk to who claims it, or claimed it last, as of the day."""
    (volume,) = [volume for volume in cluster.volumes if volume.resource_id == resource_id]
    workload = volume.workload
    target = target_of(company, cluster, workload, day)
    # a disk has no tenants among whom a shared namespace's part could be divided
    owner = platform(company) if target == SHARED else target
    yield (consumer_of(cluster, workload), owner), Decimal(1)


def _of_balancer(
    company: Company, cluster: Cluster, resource_id: str, day: date
) -> Iterator[tuple[tuple[Consumer, str], Decimal]]:
    (balancer,) = [balancer for balancer in cluster.balancers if balancer.resource_id == resource_id]
    total = sum(hours for _, hours in balancer.services)
    for workload, hours in balancer.services:
        consumer = Consumer(workload.namespace, "Service", workload.name)
        yield (consumer, target_of(company, cluster, workload, day)), Decimal(hours) / total


def _of_traffic(
    company: Company, cluster: Cluster, sent: Sequence[Traffic]
) -> Iterator[tuple[tuple[Consumer, str], Decimal]]:
    total = sum(item.mebibytes for item in sent)
    for item in sent:
        yield (
            (consumer_of(cluster, item.workload), target_of(company, cluster, item.workload, item.day)),
            Decimal(item.mebibytes) / total,
        )


Key = TypeVar("Key")


def _normalised(quantities: Iterable[tuple[Key, Decimal]]) -> dict[Key, Decimal]:
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for key, quantity in quantities:
        sums[key] += quantity
    total = sum(sums.values())
    return {key: quantity / total for key, quantity in sums.items() if quantity} if total else {}

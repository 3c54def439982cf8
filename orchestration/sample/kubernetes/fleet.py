"""What ran on the three clusters: an EKS, an AKS and a GKE cluster with the churn of real ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from orchestration.sample.calendar import Calendar
from orchestration.sample.chance import guid, hexadecimal, word
from orchestration.sample.kubernetes.world import (
    HOUR,
    Cluster,
    LoadBalancer,
    Node,
    NodeType,
    Pod,
    Sample,
    Traffic,
    Volume,
    Workload,
    quarters,
    steps,
)

EKS, AKS, GKE = "prod-eu", "shared-neu", "data-euw4"
GENERAL, SPOT, GPU = "general", "spot", "gpu"
SYSTEM, USER = "system", "user"
DAY = timedelta(days=1)

M6I = NodeType("m6i.2xlarge", 8, 32, "0.384")
P4D = NodeType("p4d.24xlarge", 96, 1152, "32.7726", 8, "NVIDIA A100-SXM4-40GB")
D4S = NodeType("D4s_v5", 4, 16, "0.212")
D8S = NodeType("D8s_v5", 8, 32, "0.424")
N2 = NodeType("n2-standard-8", 8, 32, "0.3872")

_EKS_WORKLOADS = (
    Workload("kube-system", "DaemonSet", "aws-node", GENERAL, 1, 50, 2, 60, "", "pool"),
    Workload("kube-system", "DaemonSet", "kube-proxy", GENERAL, 1, 0, 0, 12, "", "pool"),
    Workload("kube-system", "DaemonSet", "aws-node", SPOT, 1, 50, 2, 60, "", "pool"),
    Workload("kube-system", "DaemonSet", "aws-node", GPU, 1, 50, 2, 60, "", "pool"),
    Workload("kube-system", "Deployment", "coredns", GENERAL, 2, 100, 2, 45, "", "pool"),
    Workload("monitoring", "StatefulSet", "prometheus", GENERAL, 1, 1000, 96, 75, "", "pool"),
    Workload("ingress", "Deployment", "ingress-nginx", GENERAL, 2, 250, 8, 110, "", "pool"),
    Workload("checkout", "Deployment", "checkout-api", GENERAL, 3, 900, 24, 70, "checkout prod", "label"),
    Workload("loyalty", "Deployment", "loyalty-api", GENERAL, 1, 500, 16, 55, "loyalty prod", "label"),
    Workload("shop", "Deployment", "shop-front", GENERAL, 3, 700, 32, 115, "shop prod", "namespace"),
    Workload("search", "StatefulSet", "search-index", GENERAL, 2, 1200, 128, 80, "search prod", "namespace"),
    Workload("settlement", "CronJob", "settlement-export", GENERAL, 1, 1800, 64, 75, "settlement prod", "namespace"),
    Workload("debug", "Deployment", "toolbox", GENERAL, 1, 0, 0, 25, "", "nobody"),
    Workload("pricing", "Deployment", "pricing-batch", SPOT, 2, 2600, 112, 95, "pricing prod", "namespace"),
    Workload("pricing", "Deployment", "pricing-cache", SPOT, 1, 1500, 96, 10, "pricing prod", "namespace"),
    Workload("ranking", "StatefulSet", "ranking-train", GPU, 1, 32000, 6400, 80, "ranking prod", "label", 28),
    Workload("embeddings", "Deployment", "embeddings-serve", GPU, 2, 8000, 1024, 65, "embeddings prod", "label", 3),
    Workload("basketai", "Deployment", "basketai-serve", GPU, 1, 6000, 512, 40, "basketai staging", "namespace", 2),
)
_AKS_WORKLOADS = (
    Workload("kube-system", "DaemonSet", "azure-cns", SYSTEM, 1, 100, 4, 50, "", "pool"),
    Workload("kube-system", "DaemonSet", "azure-cns", USER, 1, 100, 4, 50, "", "pool"),
    Workload("kube-system", "Deployment", "coredns", SYSTEM, 2, 100, 3, 50, "", "pool"),
    Workload("monitoring", "StatefulSet", "prometheus", SYSTEM, 1, 800, 80, 90, "", "pool"),
    Workload("ingress", "Deployment", "traefik", SYSTEM, 2, 300, 6, 80, "", "pool"),
    Workload("warehouse", "Deployment", "warehouse-api", USER, 4, 1000, 48, 75, "warehouse prod", "label"),
    Workload("picking", "Deployment", "picking-planner", USER, 2, 2200, 64, 95, "picking prod", "namespace"),
    Workload("payroll", "CronJob", "payroll-run", USER, 1, 1500, 96, 90, "payroll prod", "namespace"),
    Workload("intranet", "Deployment", "intranet-web", USER, 2, 300, 16, 40, "intranet staging", "label"),
    Workload("loyalty", "Deployment", "voucher-sync", USER, 1, 400, 16, 60, "loyalty staging", "label"),
    Workload("tools", "Deployment", "adminer", USER, 1, 0, 0, 15, "", "nobody"),
)
_GKE_WORKLOADS = (
    Workload("kube-system", "DaemonSet", "anetd", GENERAL, 1, 150, 5, 60, "", "pool"),
    Workload("kube-system", "Deployment", "kube-dns", GENERAL, 2, 260, 2, 40, "", "pool"),
    Workload("gmp-system", "DaemonSet", "collector", GENERAL, 1, 0, 0, 30, "", "pool"),
    Workload("forecast", "Deployment", "forecast-api", GENERAL, 2, 1500, 64, 70, "forecast prod", "label"),
    Workload("demand", "CronJob", "demand-train", GENERAL, 1, 2400, 192, 98, "demand prod", "namespace"),
    Workload("cubes", "StatefulSet", "cubes", GENERAL, 2, 1000, 128, 80, "cubes prod", "namespace"),
    Workload("experiments", "Deployment", "notebooks", GENERAL, 3, 500, 32, 20, "CC-5040", "namespace"),
    Workload("recommender", "Deployment", "recommender-serve", GENERAL, 2, 1800, 56, 85, "recommender prod", "label"),
)


def make_fleet(
    calendar: Calendar, rng: np.random.Generator, size: int, accounts: tuple[str, str, str]
) -> list[Cluster]:
    """Let the three clusters run through the months.

    Args:
        calendar: the months.
        rng: the chance.
        size: general nodes of each cluster, at least 2.
        accounts: of the clusters: AWS account, Azure subscription, Google project.

    """
    start = _at(calendar.months[0].first)
    end = _at(calendar.until) + DAY
    aws, azure, gcp = accounts
    clusters = [
        Cluster(EKS, "aws-main", "eu-central-1", f"arn:aws:eks:eu-central-1:{aws}:cluster/{EKS}", start, end,
                _EKS_WORKLOADS, hands_on=False, step=HOUR),
        Cluster(AKS, "azure-main", "northeurope", f"{azure}/resourcegroups/rg-aks/providers/microsoft.containerservice"
                f"/managedclusters/{AKS}", start, end, _AKS_WORKLOADS, hands_on=True, step=DAY,
                in_averages=True),
        Cluster(GKE, "gcp-main", "europe-west4", f"//container.googleapis.com/projects/{gcp}/zones/europe-west4-a"
                f"/clusters/{GKE}", start, end, _GKE_WORKLOADS, hands_on=True, step=DAY),
    ]  # fmt: skip
    eks, aks, gke = clusters
    gap = _at(calendar.middle.day(9)) + 2 * HOUR
    eks.gap = (gap, gap + 3 * HOUR)
    eks.nodes = list(_eks_nodes(calendar, eks, rng, size))
    aks.nodes = list(_aks_nodes(calendar, aks, rng, size, azure))
    gke.nodes = list(_gke_nodes(calendar, gke, rng, size, gcp))
    for cluster in clusters:
        cluster.pods = [pod for workload in cluster.workloads for pod in _pods(cluster, workload, rng, size)]
        cluster.samples = list(_samples(cluster, rng))
    _eks_things(calendar, eks, rng, aws)
    _aks_things(aks, rng, azure)
    _gke_things(gke, rng, gcp)
    for cluster in clusters:
        cluster.traffic = list(_traffic(cluster, rng))
    return clusters


# -- nodes -------------------------------------------------------------------------------------------------------------


def _eks_nodes(calendar: Calendar, cluster: Cluster, rng: np.random.Generator, size: int) -> Iterator[Node]:
    """Return general nodes, of which one is replaced in the middle of an hour; spot nodes by day; a GPU node by day."""

    def node(group: str, kind: NodeType, start: datetime, end: datetime, *, is_spot: bool = False) -> Node:
        instance = f"i-0{hexadecimal(rng, 16)}"
        name = f"ip-10-{int(rng.integers(0, 64))}-{int(rng.integers(0, 256))}-{int(rng.integers(4, 250))}"
        provider_id = f"aws:///{cluster.region}a/{instance}"
        full = f"{name}.{cluster.region}.compute.internal"
        return Node(full, provider_id, instance, group, kind, start, end, is_spot)

    replaced = _within(cluster, _at(calendar.middle.day(12)) + timedelta(hours=10, minutes=30))
    for number in range(size):
        if number == 0:
            yield node(GENERAL, M6I, cluster.start, replaced)
            yield node(GENERAL, M6I, replaced, cluster.end)
        else:
            yield node(GENERAL, M6I, cluster.start, cluster.end)
    interrupted = calendar.middle.day(16)
    for day in steps(cluster.start, cluster.end, DAY):
        if day.weekday() >= 5:
            continue
        # the autoscaler adds a machine for the working day
        begins, ends = day + 7 * HOUR, day + 17 * HOUR
        if day.date() == interrupted:
            # taken away at a quarter past eleven; another comes half an hour later
            cut = day + timedelta(hours=11, minutes=15)
            yield node(SPOT, M6I, begins, cut, is_spot=True)
            begins = cut + timedelta(minutes=30)
        yield node(SPOT, M6I, begins, ends, is_spot=True)
        if day.weekday() in {0, 2}:
            yield node(GPU, P4D, day + 8 * HOUR, day + 16 * HOUR)


def _aks_nodes(
    calendar: Calendar, cluster: Cluster, rng: np.random.Generator, size: int, subscription: str
) -> Iterator[Node]:
    """Return machines of two scale sets; one of them grows by day, and its machines are upgraded one after another."""
    number = int(rng.integers(10_000_000, 99_999_999))
    group_of = f"mc_rg-aks_{cluster.name}_{cluster.region}"
    counters = {SYSTEM: 0, USER: 0}

    def node(group: str, kind: NodeType, start: datetime, end: datetime) -> Node:
        instance = counters[group]
        counters[group] += 1
        scale_set = f"aks-{group}-{number}-vmss"
        path = f"resourceGroups/{group_of}/providers/Microsoft.Compute/virtualMachineScaleSets/{scale_set}"
        return Node(
            f"{scale_set}{instance:06d}",
            f"azure://{subscription}/{path}/virtualMachines/{instance}",
            f"{subscription}/{path}".lower(),
            group,
            kind,
            start,
            end,
        )

    for _ in range(2):
        yield node(SYSTEM, D4S, cluster.start, cluster.end)
    upgrade = _at(calendar.middle.day(20)) + timedelta(hours=22, minutes=15)
    for position in range(size):
        cut = _within(cluster, upgrade + position * 2 * HOUR)
        yield node(USER, D8S, cluster.start, cut)
        yield node(USER, D8S, cut, cluster.end)
    for day in steps(cluster.start, cluster.end, DAY):
        if day.weekday() < 5:
            yield node(USER, D8S, day + 8 * HOUR, day + 16 * HOUR)


def _gke_nodes(
    calendar: Calendar, cluster: Cluster, rng: np.random.Generator, size: int, project: str
) -> Iterator[Node]:
    """Return instances; from a third of the way through the middle month on all are upgraded, so that names change.

    Upgrades are made while it is the same day in UTC and where Google's days are counted, eight a day.
    """
    zone = f"{cluster.region}-a"
    for position in range(size):
        cut = _within(cluster, _at(calendar.middle.day(11)) + timedelta(days=position // 8, hours=12 + position % 8))
        for start, end in ((cluster.start, cut), (cut, cluster.end)):
            name = f"gke-{cluster.name}-default-pool-{hexadecimal(rng, 8)}-{word(rng, 4)}"
            path = f"projects/{project}/zones/{zone}/instances/{name}"
            resource = f"//compute.googleapis.com/{path}"
            yield Node(name, f"gce://{project}/{zone}/{name}", resource, GENERAL, N2, start, end)


# -- pods --------------------------------------------------------------------------------------------------------------


def _pods(cluster: Cluster, workload: Workload, rng: np.random.Generator, size: int) -> Iterator[Pod]:
    nodes = [node for node in cluster.nodes if node.group == workload.group and node.start < node.end]
    if workload.kind == "DaemonSet":
        for node in nodes:
            yield Pod(f"{workload.name}-{word(rng, 5)}", workload, node, node.start, node.end)
    elif workload.kind == "CronJob":
        for number, day in enumerate(steps(cluster.start, cluster.end, DAY)):
            begins = day + workload.hour * HOUR
            host = _running(nodes, begins, number)
            if host is not None:
                job = f"{workload.name}-{29_000_000 + number * 1440}-{word(rng, 5)}"
                yield Pod(job, workload, host, begins, min(begins + timedelta(minutes=45), host.end))
    else:
        # more machines, more of the small things
        replicas = workload.replicas * size // 2 if workload.group in {GENERAL, USER} else workload.replicas
        for replica in range(max(replicas, workload.replicas)):
            yield from _replica(cluster, workload, nodes, replica, rng)


def _replica(
    cluster: Cluster, workload: Workload, nodes: list[Node], replica: int, rng: np.random.Generator
) -> Iterator[Pod]:
    """Return the pods of one replica: a new one at each rollout, and wherever its node goes away."""
    moment = cluster.start
    rollout = _next_rollout(moment, workload)
    revision = hexadecimal(rng, 9)
    while moment < cluster.end:
        node = _running(nodes, moment, replica)
        if node is None:
            later = [item.start for item in nodes if item.start > moment]
            if not later:
                return
            moment = min(later)
            continue
        end = min(node.end, rollout, cluster.end)
        if workload.kind == "StatefulSet":
            name = f"{workload.name}-{replica}"
        else:
            name = f"{workload.name}-{revision}-{word(rng, 5)}"
        yield Pod(name, workload, node, moment, end)
        if end == rollout:
            rollout = _next_rollout(end, workload)
            revision = hexadecimal(rng, 9)
        moment = end


def _next_rollout(moment: datetime, workload: Workload) -> datetime:
    """Return the workload's next release: every week on a day and a quarter of an hour of its own."""
    number = sum(map(ord, workload.name))
    day = _at(moment.date()) + timedelta(hours=9 + number % 7, minutes=15 * (number % 4))
    while day <= moment or day.weekday() != number % 5:
        day += DAY
    return day


def _running(nodes: list[Node], moment: datetime, position: int) -> Node | None:
    up = [node for node in nodes if node.start <= moment < node.end]
    return up[position % len(up)] if up else None


def _samples(cluster: Cluster, rng: np.random.Generator) -> Iterator[Sample]:
    """Return what is measured of every pod, interval by interval; nothing in the gap."""
    for pod in cluster.pods:
        workload = pod.workload
        moments = [moment for moment in steps(pod.start, pod.end, cluster.step) if not _in_gap(cluster, moment)]
        noise = rng.integers(55, 146, (len(moments), 2)).tolist()
        for moment, (cpu_noise, memory_noise) in zip(moments, noise, strict=True):
            length = quarters(max(pod.start, moment), min(pod.end, moment + cluster.step))
            # what asks for nothing uses something all the same
            cpu = (workload.cpu or 40) * workload.busy * cpu_noise // 10_000
            memory = max((workload.memory or 4) * workload.busy * memory_noise // 12_000, 1)
            yield Sample(
                pod, moment, length, workload.cpu * length, cpu * length, workload.memory * length, memory * length,
                workload.gpu * length, workload.gpu * length * workload.busy // 100,
            )  # fmt: skip


def _in_gap(cluster: Cluster, moment: datetime) -> bool:
    return cluster.gap is not None and cluster.gap[0] <= moment < cluster.gap[1]


# -- volumes, load balancers, traffic ----------------------------------------------------------------------------------


def _eks_things(calendar: Calendar, cluster: Cluster, rng: np.random.Generator, account: str) -> None:
    by_name = {workload.name: workload for workload in cluster.workloads}
    released = _within(cluster, _at(calendar.middle.day(12)))
    plans = (
        ("prometheus-data-prometheus-0", "prometheus", 200, None),
        ("data-search-index-0", "search-index", 500, None),
        ("data-search-index-1", "search-index", 500, None),
        # its claim was deleted, the disk was kept
        ("export-scratch", "settlement-export", 300, released),
    )
    for claim, name, gib, until in plans:
        volume, disk = f"pvc-{guid(rng)}", f"vol-0{hexadecimal(rng, 16)}"
        cluster.volumes.append(
            Volume(volume, disk, disk, claim, by_name[name], gib, "gp3", cluster.start, cluster.end, until)
        )
    balancer = f"arn:aws:elasticloadbalancing:{cluster.region}:{account}:loadbalancer/net/k8s-ingress/{word(rng, 16)}"
    services = ((by_name["shop-front"], 24), (by_name["checkout-api"], 24), (by_name["loyalty-api"], 12))
    cluster.balancers.append(LoadBalancer(balancer, balancer, services))
    cluster.gateway = f"arn:aws:ec2:{cluster.region}:{account}:natgateway/nat-0{hexadecimal(rng, 16)}"


def _aks_things(cluster: Cluster, rng: np.random.Generator, subscription: str) -> None:
    by_name = {workload.name: workload for workload in cluster.workloads}
    group = f"{subscription}/resourcegroups/mc_rg-aks_{cluster.name}_{cluster.region}/providers/microsoft"
    for claim, name, gib in (
        ("prometheus-data-prometheus-0", "prometheus", 128),
        ("payroll-archive", "payroll-run", 64),
    ):
        volume = f"pvc-{guid(rng)}"
        disk = f"{group}.compute/disks/{volume}"
        cluster.volumes.append(
            Volume(volume, disk, disk, claim, by_name[name], gib, "managed-csi", cluster.start, cluster.end)
        )
    # OpenCost knows a load balancer by its address, the bill by its name: who is behind it cannot be told
    cluster.balancers.append(LoadBalancer(f"{group}.network/loadbalancers/kubernetes", "20.107.41.9", ()))


def _gke_things(cluster: Cluster, rng: np.random.Generator, project: str) -> None:
    by_name = {workload.name: workload for workload in cluster.workloads}
    host = "//compute.googleapis.com/"
    for number in range(2):
        volume = f"pvc-{guid(rng)}"
        disk = f"projects/{project}/zones/{cluster.region}-a/disks/{volume}"
        cluster.volumes.append(
            Volume(volume, host + disk, disk, f"data-cubes-{number}", by_name["cubes"], 400, "standard-rwo",
                   cluster.start, cluster.end)
        )  # fmt: skip
    name = f"a{hexadecimal(rng, 31)}"
    rule = f"{host}projects/{project}/regions/{cluster.region}/forwardingRules/{name}"
    services = ((by_name["forecast-api"], 24), (by_name["recommender-serve"], 24))
    cluster.balancers.append(LoadBalancer(rule, name, services))


def _traffic(cluster: Cluster, rng: np.random.Generator) -> Iterator[Traffic]:
    """Return what pods sent to the internet, between zones and through a NAT gateway, by day, node and workload."""
    talkative = ("shop-front", "checkout-api", "search-index", "warehouse-api", "forecast-api", "recommender-serve")
    where: dict[tuple[date, Node, Workload], None] = {}
    for pod in cluster.pods:
        if pod.workload.name in talkative:
            for midnight in steps(pod.start, pod.end, DAY):
                where[(midnight.date(), pod.node, pod.workload)] = None
    for day, node, workload in sorted(where, key=lambda key: (key[0], key[1].name, key[2].name)):
        for traffic_class in ("internet", "cross_zone", *(("nat",) if cluster.gateway else ())):
            yield Traffic(day, node, workload, traffic_class, int(rng.integers(200, 9000)))


# -- small things ------------------------------------------------------------------------------------------------------


def _at(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)


def _within(cluster: Cluster, moment: datetime) -> datetime:
    """Return a moment; the cluster's end when it lies behind it."""
    return min(max(moment, cluster.start), cluster.end)

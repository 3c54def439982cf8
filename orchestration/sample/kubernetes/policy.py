"""What the company decided about its clusters: pools, drivers, rules, whose a namespace is, who bears idle capacity."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orchestration.sample.company import OPEN_END, Company
from orchestration.sample.deliveries import write_rows
from orchestration.sample.kubernetes.bills import (
    BALANCERS,
    CONTROL_PLANE,
    NAT,
    NETWORK,
    NODES_BY_DAY,
    NODES_BY_HOUR,
    VOLUMES,
)
from orchestration.sample.kubernetes.truth import IDLE_POOL, SHARED, platform
from orchestration.sample.kubernetes.world import Cluster
from orchestration.sample.pools import CHARGE_DAY, CHARGE_HOUR, PROPORTIONAL, Driver, Pool

NODE_COMPUTE, IDLE_COMPUTE = "kubernetes_node_compute", "kubernetes_idle_compute"
_COMPUTE, _VOLUME = "kubernetes_namespace_compute", "kubernetes_volume"
_BALANCER, _TRAFFIC, _NAT = "kubernetes_load_balancer", "kubernetes_node_network_bytes", "kubernetes_nat_bytes"
ORPHAN_DAYS = 14

DRIVERS: tuple[Driver, ...] = (
    Driver(NODE_COMPUTE, "usage", "Hours", "Weighted core hours that workloads are charged for, per node"),
    Driver(IDLE_COMPUTE, "usage", "Hours", "Weighted core hours that are idle beside what workloads use, per node"),
    Driver(_COMPUTE, "usage", "Hours", "Weighted core hours that workloads are charged for, per cluster"),
    Driver(_VOLUME, "usage", "Hours", "Hours that a claim held a volume"),
    Driver(_BALANCER, "usage", "Hours", "Hours that a service was behind a load balancer"),
    Driver(_TRAFFIC, "usage", "Bytes", "Bytes that workloads sent out of the zone, per node"),
    Driver(_NAT, "usage", "Bytes", "Bytes that workloads sent through NAT gateways, per cluster"),
)


def make_pools(company: Company, clusters: list[Cluster]) -> list[Pool]:
    """Return the pools of the clusters' cost, and those that it is handed on to."""
    tenants = tuple((domain_id, "") for domain_id in _tenants(company, clusters))
    handed_on = (SHARED, IDLE_POOL)
    keeper = platform(company)

    def pool(
        pool_id: str,
        name: str,
        driver: str,
        method_id: str,
        why: str,
        *,
        scope: str = "resource_id",
        window: str = CHARGE_DAY,
        feeds: tuple[str, ...] = (),
        leaves_out: tuple[str, ...] = (),
        attempts: tuple[tuple[str, str, str, str], ...] = (),
    ) -> Pool:
        return Pool(
            pool_id, name, PROPORTIONAL, driver, window, method_id, why, scope_by=scope, fallback=keeper,
            targets=tenants, feeds=feeds, leaves_out=leaves_out, attempts=attempts, told_apart=True,
        )  # fmt: skip

    return [
        pool(
            NODES_BY_HOUR, "Machines of clusters, by the hour", NODE_COMPUTE, "CPU_UTIL_WEIGHTED",
            "A machine serves who requests or uses it in the hour that is paid.", window=CHARGE_HOUR, feeds=handed_on,
            attempts=((PROPORTIONAL, NODE_COMPUTE, CHARGE_DAY, "An hour that nobody measured was like its day."),),
        ),
        pool(
            NODES_BY_DAY, "Machines of clusters, by the day", NODE_COMPUTE, "CPU_UTIL_WEIGHTED_DAILY",
            "These clouds bill machines by the day.", feeds=handed_on,
        ),
        pool(
            CONTROL_PLANE, "Control planes", _COMPUTE, "CONTROL_PLANE_BY_COMPUTE",
            "Who runs more has more to control; what serves everybody runs for the same tenants.", scope="cluster",
            leaves_out=(SHARED,),
        ),
        pool(
            VOLUMES, "Volumes of clusters", _VOLUME, "VOLUME_BY_CLAIM",
            "A volume is its claim's, and after that its last owner's until it is deleted.", feeds=(SHARED,),
        ),
        pool(
            BALANCERS, "Load balancers of clusters", _BALANCER, "LOAD_BALANCER_BY_HOURS",
            "A load balancer costs by the hour, whatever passes through it.", feeds=(SHARED,),
        ),
        pool(
            NETWORK, "Traffic of clusters", _TRAFFIC, "EGRESS_BY_BYTES", "Bytes are metered by who sends them.",
            feeds=(SHARED,),
        ),
        pool(
            NAT, "NAT gateways of clusters", _NAT, "NAT_BY_BYTES", "A gateway costs by what passes through it.",
            scope="cluster", leaves_out=(SHARED,),
        ),
        pool(
            SHARED, "Shared namespaces", NODE_COMPUTE, "PLATFORM_BY_COMPUTE",
            "Name service, monitoring and ingress serve whoever runs beside them.", feeds=(IDLE_POOL,),
        ),
        pool(
            IDLE_POOL, "Idle capacity of clusters", IDLE_COMPUTE, "IDLE_BY_COMPUTE",
            "Capacity is held for whoever runs on it, resource by resource.",
        ),
    ]  # fmt: skip


def rules(clusters: list[Cluster]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Return the rules that put what belongs to clusters into pools: id, rationale, what matches and where it goes."""
    why = "What a cluster runs on belongs to whoever runs on it, not to the account it is in."
    yield "kubernetes-nodes-aws", why, {"source_id": "aws-main", "kubernetes_role": "node", "pool_id": NODES_BY_HOUR}
    for source_id in ("azure-main", "gcp-main"):
        name = f"kubernetes-nodes-{source_id.removesuffix('-main')}"
        yield name, why, {"source_id": source_id, "kubernetes_role": "node", "pool_id": NODES_BY_DAY}
    for role, pool_id in (
        ("control_plane", CONTROL_PLANE), ("volume", VOLUMES), ("load_balancer", BALANCERS), ("network", NETWORK),
    ):  # fmt: skip
        yield pool_id, why, {"kubernetes_role": role, "pool_id": pool_id}
    for cluster in clusters:
        if cluster.gateway:
            own = "The gateway stands in the cluster's own network."
            yield f"{NAT}-{cluster.name}", own, {"resource_id": cluster.gateway, "pool_id": NAT}


def write_policy(folder: Path, company: Company, clusters: list[Cluster], owner: str, approver: str) -> None:
    """Write how the clusters are divided and whose their namespaces are."""
    dates = [company.since.isoformat(), OPEN_END.isoformat()]
    write_rows(
        folder / "kubernetes_clusters.csv",
        ["cluster", "charge_base", "cpu_weight", "memory_weight", "gpu_weight", "idle_target", "volume_orphan_days",
         "owner", "approved_by", "valid_from", "valid_to"],
        [
            [cluster.name, "max", "", "", "", IDLE_POOL if cluster.hands_on else platform(company), str(ORPHAN_DAYS),
             owner, approver, *dates]
            for cluster in clusters
        ],
    )  # fmt: skip
    rows = []
    for cluster in clusters:
        for namespace, (domain_id, pool_id, why) in _registered(company, cluster).items():
            rows.append([cluster.name, namespace, "", "", domain_id, pool_id, why, owner, approver, *dates])
    write_rows(
        folder / "kubernetes_namespaces.csv",
        ["cluster", "namespace", "label_key", "label_value", "domain_id", "pool_id", "rationale", "owner",
         "approved_by", "valid_from", "valid_to"],
        rows,
    )  # fmt: skip


def _registered(company: Company, cluster: Cluster) -> dict[str, tuple[str, str, str]]:
    """Return the namespaces that the registry must know: domain, pool and rationale."""
    namespaces = {}
    for workload in cluster.workloads:
        if workload.found_by == "pool" and cluster.hands_on:
            namespaces[workload.namespace] = ("", SHARED, "It serves everybody on the cluster.")
        elif workload.found_by == "pool":
            namespaces[workload.namespace] = (platform(company), "", "The platform team runs it and keeps its cost.")
        elif workload.found_by == "namespace":
            owner = workload.owner
            if owner in company.cost_centres:
                domain_id = company.general(owner)
            else:
                product, environment = owner.split()
                ((_, domain_id),) = company.domain_history(product, environment)
            namespaces[workload.namespace] = (domain_id, "", "Its team deploys there, and nobody else may.")
    return namespaces


def _tenants(company: Company, clusters: list[Cluster]) -> list[str]:
    """Return every domain that runs something on a cluster at some time, and the platform team's."""
    found = {platform(company)}
    for cluster in clusters:
        for workload in cluster.workloads:
            if workload.owner in company.cost_centres:
                found.add(company.general(workload.owner))
            elif workload.owner:
                product, environment = workload.owner.split()
                found.update(domain_id for _, domain_id in company.domain_history(product, environment))
    return sorted(found)

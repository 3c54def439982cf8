"""A pool that namespaces or idle capacity go to is a target of every pool that is divided by what they use.

What a driver says about a pool that the divided pool does not list would be borne by the others without a word; a row
that excludes it is the word.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.cells import same
from orchestration.policy.days import described, uncovered
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import KubernetesCluster, KubernetesNamespace

BY_USAGE = (
    "kubernetes_node_compute",
    "kubernetes_volume",
    "kubernetes_load_balancer",
    "kubernetes_network_bytes",
    "kubernetes_internet_bytes",
    "kubernetes_nat_bytes",
    "kubernetes_cross_zone_bytes",
    "kubernetes_node_network_bytes",
)
"""Drivers that measure what namespaces use. Those that divide by it what nobody uses (``kubernetes_namespace_compute``,
``kubernetes_idle_compute``) may leave shared namespaces out, so that only the others bear it."""


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield namespaces and clusters whose pool some divided pool does not hand anything to."""
    pools = {same(pool.pool_id) for pool in policy.pools}
    for namespace in policy.kubernetes_namespaces:
        if namespace.pool_id is not None and same(namespace.pool_id) in pools:
            yield from _unreached(policy, "kubernetes_namespaces", "pool_id", namespace, namespace.pool_id, BY_USAGE)
    for cluster in policy.kubernetes_clusters:
        if cluster.idle_target is not None and same(cluster.idle_target) in pools:
            yield from _unreached(
                policy, "kubernetes_clusters", "idle_target", cluster, cluster.idle_target, BY_USAGE[:1]
            )


def _unreached(
    policy: Policy,
    table: str,
    column: str,
    row: KubernetesCluster | KubernetesNamespace,
    pool_id: str,
    drivers: tuple[str, ...],
) -> Iterator[PolicyFinding]:
    for pool in policy.pools:
        is_asked = same(pool.driver_id) in drivers and same(pool.pool_id) != same(pool_id) and pool.overlaps(row)
        if not is_asked or policy.is_damaged("pool_targets", pool.pool_id):
            continue
        together = (max(pool.validity[0], row.validity[0]), min(pool.validity[1], row.validity[1]))
        feeds = (
            target.validity
            for target in policy.pool_targets
            if same(target.pool_id) == same(pool.pool_id) and same(target.target_pool_id) == same(pool_id)
        )
        if gaps := uncovered(together, feeds):
            yield policy.finding(
                table,
                row,
                column,
                found=f"pool '{pool_id}', which pool '{pool.pool_id}' (line {pool.line} of pools.csv) does not "
                f"hand anything to {described(gaps[0])}",
                expected=f"a row of pool_targets.csv with it as target_pool_id: '{pool.pool_id}' is divided by "
                f"{pool.driver_id}",
                cure="Add the row, or name a domain.",
            )
            return

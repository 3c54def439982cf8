"""A cluster's weights divide its nodes, and its idle part goes to one domain or pool that is there all the time."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.cells import same
from orchestration.policy.days import described, uncovered
from orchestration.policy.findings import PolicyFinding, did_you_mean
from orchestration.policy.model import Policy
from orchestration.policy.tables import KubernetesCluster, Row


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield weights that are incomplete or all zero, and idle targets that are nothing, two things or not in force."""
    for cluster in policy.kubernetes_clusters:
        yield from _weights(policy, cluster)
        yield from _idle_target(policy, cluster)


def _weights(policy: Policy, cluster: KubernetesCluster) -> Iterator[PolicyFinding]:
    weights = (cluster.cpu_weight, cluster.memory_weight)
    if any(weight is None for weight in weights):
        if any(weight is not None for weight in (*weights, cluster.gpu_weight)):
            column = "cpu_weight" if cluster.cpu_weight is None else "memory_weight"
            yield policy.finding(
                "kubernetes_clusters",
                cluster,
                column,
                found="nothing, beside a weight of another resource",
                expected="weights of both cpu and memory, or of nothing: the usual 9 : 1 then applies",
                cure="Fill in what a core hour and a GiB hour are worth, or blank all three.",
            )
    elif not any(weights):
        yield policy.finding(
            "kubernetes_clusters",
            cluster,
            "cpu_weight",
            found="weights of 0 for both cpu and memory",
            expected="one above 0",
            cure="Write what a core hour and a GiB hour are worth, such as 9 and 1, or blank them.",
        )


def _idle_target(policy: Policy, cluster: KubernetesCluster) -> Iterator[PolicyFinding]:
    name = cluster.idle_target
    if name is None or any(policy.is_damaged(table, name) for table in ("cost_domains", "pools")):
        return
    named: dict[str, list[Row]] = {
        table: [row for row in policy.rows[table] if row.identity[0] == same(name)]
        for table in ("cost_domains", "pools")
    }
    if all(named.values()):
        yield policy.finding(
            "kubernetes_clusters",
            cluster,
            "idle_target",
            found=f"'{name}', which is the name of a domain and of a pool",
            expected="one of them: targets are known by their names",
            cure="Rename the pool or the domain.",
        )
        return
    for table, rows in named.items():
        if rows and (gaps := uncovered(cluster.validity, (row.validity for row in rows))):
            yield policy.finding(
                "kubernetes_clusters",
                cluster,
                "idle_target",
                found=f"'{name}', which is not in force {described(gaps[0])}",
                expected=f"a row of {table}.csv that is in force as long as this one",
                cure="Close the row when its target ends, and write another.",
            )
    if not any(named.values()):
        known = [row.domain_id for row in policy.cost_domains] + [row.pool_id for row in policy.pools]
        yield policy.finding(
            "kubernetes_clusters",
            cluster,
            "idle_target",
            found=f"'{name}'",
            expected="a row of cost_domains.csv or pools.csv, or nothing for unallocated",
            cure=did_you_mean(name, known) or "Add it there, or correct the name.",
        )

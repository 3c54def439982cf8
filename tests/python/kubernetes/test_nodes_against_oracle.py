"""Nodes are divided as an oracle divides them: any load, hours that are missing, machines that come and go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.python.kubernetes.clusters import Clusters
from tests.python.kubernetes.oracle import ACCELERATED, PLAIN, RESOURCES, Row, charged, nodes_of

DAY = date(2026, 8, 2)
CLOSE = Fraction(1, 10**9)
NAMESPACES = ("api", "batch", "web")


def policy(
    base: str, weights: Mapping[str, Fraction] | None = None, window: str = "charge_hour"
) -> dict[str, list[Row]]:
    """Return a policy in which nodes and their idle parts are divided by pods."""
    pool = {"pool_version": 1, "driver_window": window, "scope_by": "resource_id", "method": "proportional"}
    given_weights = {f"{name}_weight": Decimal(str(float(weight))) for name, weight in (weights or {}).items()}
    return {
        "pools": [
            {"pool_id": "nodes", "driver_id": "kubernetes_node_compute", **pool},
            {"pool_id": "idle", "driver_id": "kubernetes_idle_compute", **pool},
        ],
        "cost_domains": [{"domain_id": name} for name in NAMESPACES],
        "kubernetes_clusters": [{"cluster": "PROD", "charge_base": base, "idle_target": "idle", **given_weights}],
        "kubernetes_namespaces": [{"namespace": name, "domain_id": name} for name in NAMESPACES],
    }


def node_row(machine: str, hour: int | None, **columns: object) -> Row:
    return {
        "usage_date": DAY,
        "usage_hour": hour,
        "cluster": "prod",
        "node": f"ip-{machine[-1]}",
        "provider_id": f"aws:///eu-central-1a/{machine}",
        **columns,
    }


amounts = st.one_of(st.none(), st.just(Decimal(0)), st.decimals("0", "6", places=3))


@st.composite
def telemetry(draw: st.DrawFn) -> list[Row]:
    """Machines that live for some hours, or part of one, and pods that are on one, on two, or on none of them."""
    rows: list[Row] = []
    for number in range(draw(st.integers(1, 3))):
        cores, gibs = draw(st.sampled_from([(2, 8), (4, 16), (8, 8)]))
        gpus = draw(st.sampled_from([None, None, 0, 1]))
        told = draw(st.booleans()) or number == 0
        for hour in range(3):
            if draw(st.integers(0, 4)) == 0:
                continue  # an hour that nothing was measured in
            # a machine that is interrupted within the hour, and the one that takes its place under its name
            lives = draw(st.sampled_from([(Fraction(1),), (Fraction(1, 4),), (Fraction(1, 2), Fraction(1, 4))]))
            for life, fraction in enumerate(lives):
                machine = f"i-{life}{number}"
                share = Decimal(str(float(fraction)))
                capacity = {
                    "node_cpu_capacity": cores * share if told else None,
                    "node_memory_capacity": gibs * share if told else None,
                    "node_gpu_capacity": None if gpus is None else gpus * share,
                }
                rows.append(node_row(machine, hour, **capacity))
                for pod in range(draw(st.integers(0, 3))):
                    measures = {
                        f"{resource}_{measure}": draw(amounts)
                        for resource in ("cpu", "memory")
                        for measure in ("request", "usage")
                    }
                    # a slice of a GPU is a fraction of it
                    slices = st.sampled_from([None, Decimal("0.142857"), Decimal("0.5"), Decimal(1)])
                    rows.append(
                        node_row(
                            machine,
                            hour,
                            namespace=draw(st.sampled_from(NAMESPACES)),
                            workload_kind="Deployment",
                            workload_name="main",
                            pod=f"main-{pod}",
                            gpu_request=draw(slices) if gpus is not None else None,
                            **capacity,
                            **measures,
                        )
                    )
    return rows


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=telemetry(),
    base=st.sampled_from(["max", "request", "usage"]),
    weights=st.sampled_from([None, {"cpu": Fraction(3), "memory": Fraction(1, 2), "gpu": Fraction(20)}]),
)
def test_each_hour_of_a_node_is_divided_as_the_oracle_divides_it(
    clusters: Clusters, rows: list[Row], base: str, weights: Mapping[str, Fraction] | None
) -> None:
    machines = {str(row["provider_id"]).rsplit("/", 1)[-1] for row in rows}
    charges = [{"x_charge_date": DAY, "ResourceId": machine} for machine in sorted(machines)]
    clusters.divide(charges, policy(base, weights), usage=rows)
    of_node, of_idle = charged(rows, base, weights)
    for driver, expected in (("kubernetes_node_compute", of_node), ("kubernetes_idle_compute", of_idle)):
        found = {
            (hour, scope, namespace): quantity
            for (_, hour, scope, _, namespace, _), quantity in clusters.usage(driver).items()
        }
        wanted = {
            (node[1], node[3].rsplit("/", 1)[-1], namespace): part for (node, namespace), part in expected.items()
        }
        assert found.keys() == wanted.keys()
        for key, part in wanted.items():
            assert abs(Fraction(found[key]) - part) < CLOSE, (driver, key)
    # whatever is claimed of it, the parts of a node sum to its capacity, as far as the feed tells one
    for node, of_interval in nodes_of(rows).items():
        capacity = {resource: of_interval[0].get(f"node_{resource}_capacity") for resource in RESOURCES}
        if capacity["cpu"] is None or capacity["gpu"] is None:
            continue
        chosen = weights or (ACCELERATED if capacity["gpu"] else PLAIN)
        whole = sum(Fraction(Decimal(str(capacity[resource]))) * chosen[resource] for resource in RESOURCES)
        parts = [part for (key, part) in of_node.items() if key[0] == node]
        assert sum(parts) == whole


def split_cost_pods() -> list[Row]:
    """The pods of the example of AWS split cost allocation, on an m5.xlarge."""
    capacity = {"node_cpu_capacity": 4, "node_memory_capacity": 16}
    pods = (("a", 1, "0.4", 4), ("b", 1, "1.9", 6), ("c", 1, "0.4", 2), ("d", 1, "0.4", 2))
    return [
        node_row("i-00", 5, namespace=name, workload_name="main", pod="main-0", cpu_request=cpu,
                 cpu_usage=Decimal(used), memory_request=memory, **capacity)
        for name, cpu, used, memory in pods
    ]  # fmt: skip


def test_an_over_committed_node_is_split_as_aws_splits_it(clusters: Clusters) -> None:
    clusters.divide([{"x_charge_date": DAY, "ResourceId": "i-00"}], policy("max"), usage=split_cost_pods())
    (total,) = clusters.rows("select sum(cpu_quantity + memory_quantity) from allocation.int_kubernetes_node_usage")[0]
    parts = dict(
        clusters.rows(
            "select workloads.namespace, sum(usage.cpu_quantity + usage.memory_quantity + usage.idle_quantity) "
            "from allocation.int_kubernetes_node_usage as usage "
            "inner join allocation.int_kubernetes_workloads as workloads using (workload_id) "
            "where not usage.is_idle group by all"
        )
    )
    assert abs(Fraction(total) - 52) < CLOSE  # type: ignore[arg-type]
    assert {name: round(float(part) / 52, 4) for name, part in parts.items()} == {  # type: ignore[arg-type]
        "a": 0.2292,
        "b": 0.4003,
        "c": 0.1852,
        "d": 0.1852,
    }
    # more was claimed than there is, but neither requested nor used: nothing contradicts itself
    assert clusters.rows("select count(cpu_exceeding) from allocation.int_kubernetes_node_usage") == [(0,)]


@pytest.mark.parametrize(("measure", "found"), [("request", Decimal("4.5")), ("usage", Decimal("4.5"))])
def test_a_feed_that_takes_more_of_a_node_than_there_is_contradicts_itself(
    clusters: Clusters, measure: str, found: Decimal
) -> None:
    rows = [
        node_row("i-00", 5, namespace=name, workload_name="main", pod="p", node_cpu_capacity=4,
                 **{f"cpu_{measure}": cores})
        for name, cores in (("api", Decimal("2.5")), ("web", Decimal(2)))
    ]  # fmt: skip
    clusters.divide([{"x_charge_date": DAY, "ResourceId": "i-00"}], policy("max"), usage=rows)
    assert clusters.rows(
        "select cpu_exceeded_capacity, cpu_exceeding, cpu_quantity "
        "from allocation.int_kubernetes_node_usage where is_idle"
    ) == [(Decimal(4), found, Decimal(0))]

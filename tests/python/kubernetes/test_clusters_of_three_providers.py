"""What clusters cost, to the workload: the bill's money, the feed's shares, case by case."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from expectations.gate import run_gate
from orchestration.home import Home
from orchestration.warehouse.connection import connect
from tests.python.allocation.estate import BuiltEstate
from tests.python.kubernetes.cluster_estate import HOUR, NEW, SHOP, TABLE, USAGE, write_cluster_estate

Parts = dict[tuple[str | None, str], Decimal]


def built(folder: Path, usage: list[dict[str, str]]) -> BuiltEstate:
    write_cluster_estate(folder / "estate", usage)
    estate = BuiltEstate(folder / "estate", Home.of(folder / "home"))
    estate.land()
    estate.run(
        *("--select", "+rpt_orphan_volumes", "+rpt_kubernetes_rightsizing", "+kpi_kubernetes_efficiency"),
        *("+audit_kubernetes", "+audit_shares", "--indirect-selection", "buildable"),
        *("--exclude-resource-type", "seed", "--exclude-resource-type", "unit_test"),
        command="build",
    )
    return estate


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> BuiltEstate:
    """The three clusters, but for a pod that requests a fifth core of a node of four, on another day."""
    late = {**HOUR, "start": "2026-09-17T10:00:00Z", "end": "2026-09-17T11:00:00Z"}
    return built(tmp_path_factory.mktemp("clusters"), [*USAGE, {**late, **NEW, **SHOP, "cpu_request": "5"}])


@pytest.fixture
def warehouse(estate: BuiltEstate) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(estate.home, read_only=True) as connection:
        yield connection


def costs(warehouse: duckdb.DuckDBPyConnection, resource: str, day: str = "16") -> Parts:
    """Return what namespaces use of a resource, each with who bears it; to a millionth."""
    rows = warehouse.execute(
        "select namespace, domain_id, round(sum(effective_cost), 6) from finance.fct_kubernetes_costs "
        "where resource_id like '%' || $1 and strftime(charge_date, '%d') = $2 group by all",
        [resource, day],
    ).fetchall()
    return {(namespace, domain): cost for namespace, domain, cost in rows}


def test_a_machine_that_was_interrupted_is_divided_for_the_half_hour_it_lived(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    assert costs(warehouse, "i-0aa") == {("shop", "shop"): 13, ("__idle__", "platform"): 13}


def test_each_hour_of_its_successor_is_divided_by_itself_and_a_missing_hour_is_nobodys(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    # 52 in the first hour, 104 and a credit of 3 in the second, 7 in the third, which nothing was measured in
    parts = costs(warehouse, "i-0bb")
    transfer = {("shop", "shop"): Decimal(6), ("bank", "bank"): Decimal(3)}
    assert parts[("shop", "shop")] == 13 + transfer[("shop", "shop")]
    assert parts[("bank", "bank")] == 13 + 52 - Decimal("1.5") + transfer[("bank", "bank")]
    assert parts[("stray", "unallocated")] == 52 - Decimal("1.5")
    assert parts[("__idle__", "platform")] == 13
    assert parts[(None, "unallocated")] == 7
    # the shared namespace's 13 goes on by what namespaces use of the cluster in the day: 26, 39 and 26 of 91
    shared = {domain: cost for (namespace, domain), cost in parts.items() if namespace == "kube-system"}
    assert shared == {"shop": Decimal("3.714286"), "bank": Decimal("5.571429"), "unallocated": Decimal("3.714286")}
    exactly = warehouse.execute(
        "select sum(effective_cost) from finance.fct_kubernetes_costs where resource_id = 'i-0bb'"
    ).fetchone()
    assert exactly == (52 + 104 - 3 + 7 + 9,)


def test_a_scale_set_is_divided_among_what_runs_on_its_machines(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert costs(warehouse, "aks-pool") == {("shop", "shop"): 40, ("bank", "bank"): 40}


def test_a_node_that_nothing_runs_on_is_idle(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert costs(warehouse, "instances/77") == {("__idle__", "unallocated"): 5}


def test_a_control_plane_follows_the_compute_of_namespaces(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert costs(warehouse, "cluster/eks") == {
        ("shop", "shop"): Decimal("0.685714"),
        ("bank", "bank"): Decimal("1.028571"),
        ("stray", "unallocated"): Decimal("0.685714"),
    }


def test_a_volume_is_its_claims_by_time_and_an_orphan_its_last_owners(warehouse: duckdb.DuckDBPyConnection) -> None:
    held = {("shop", "shop"): Decimal(6), ("bank", "bank"): Decimal(2)}
    assert costs(warehouse, "vol-0a1") == held
    assert costs(warehouse, "vol-0a1", "17") == held
    orphans = warehouse.execute(
        "select claim, domain_id, orphan_days, strftime(due_on, '%d'), is_due, effective_cost "
        "from finance.rpt_orphan_volumes order by claim"
    ).fetchall()
    assert orphans == [("cache", "shop", 1, "17", True, 6), ("data", "bank", 1, "17", True, 2)]


def test_load_balancers_go_by_hours_and_gateways_by_bytes_with_the_unclassified_shown(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    assert costs(warehouse, "0abc") == {("shop", "shop"): 8, ("bank", "bank"): 4}
    assert costs(warehouse, "nat-1") == {
        ("shop", "shop"): 6,
        ("bank", "bank"): 2,
        ("__unclassified__", "unallocated"): 2,
    }


def test_every_row_says_by_which_method_it_was_divided(warehouse: duckdb.DuckDBPyConnection) -> None:
    methods = warehouse.execute(
        "select distinct kubernetes_role, method_id from finance.fct_kubernetes_costs order by all"
    ).fetchall()
    assert methods == [
        ("control_plane", "BY_USAGE"),
        ("load_balancer", "BY_USAGE"),
        ("network", "BY_USAGE"),
        ("node", "CPU_UTIL_WEIGHTED"),
        ("volume", "BY_USAGE"),
        (None, "BY_USAGE"),
    ]


def test_a_table_with_its_gap_shown_as_idle_ties(warehouse: duckdb.DuckDBPyConnection) -> None:
    table = {(namespace, "unallocated"): Decimal(amount) for namespace, amount in TABLE.items()}
    assert costs(warehouse, "i-0c1", "17") == table | {("__idle__", "unallocated"): Decimal(3040)}


def test_the_example_of_split_cost_is_divided_as_published(warehouse: duckdb.DuckDBPyConnection) -> None:
    borne = warehouse.execute(
        "select domain_id, round(sum(effective_cost), 4), sum(sum(effective_cost)) over () "
        "from finance.fct_kubernetes_costs where cluster = 'split' group by 1 order by 1"
    ).fetchall()
    parts = {"bank": "0.4003", "platform": "0.2292", "shop": "0.1852", "unallocated": "0.1852"}
    assert borne == [(domain, Decimal(part), Decimal(1)) for domain, part in parts.items()]
    idle = warehouse.execute(
        "select distinct namespace, via_pool_id from finance.fct_kubernetes_costs "
        "where cluster = 'split' and via_pool_id is not null"
    ).fetchall()
    assert idle == [("__idle__", "spare")]


def test_no_driver_measures_what_a_pool_does_not_reach(warehouse: duckdb.DuckDBPyConnection) -> None:
    unreached = "select subject from audit.audit_shares where check_id = 'unreached'"
    assert warehouse.execute(unreached).fetchall() == []


def test_efficiency_is_weighted_by_cost_and_idle_is_told_per_cluster(warehouse: duckdb.DuckDBPyConnection) -> None:
    (shop,) = warehouse.execute(
        "select round(used_share_of_requested_cost, 9) from finance.kpi_kubernetes_efficiency "
        "where cluster = 'eks' and namespace = 'shop'"
    ).fetchone()  # type: ignore[misc]
    # on the first machine a quarter is used of both resources, on the second half
    assert shop == pytest.approx(0.375)
    idle = warehouse.execute(
        "select cluster, round(idle_cost, 6), round(idle_share_of_node_cost, 6) "
        "from finance.kpi_kubernetes_efficiency where namespace is null order by cluster"
    ).fetchall()
    assert idle == [
        ("aks", 0, 0),
        ("eks", 26, pytest.approx(26 / 179, abs=1e-6)),
        ("gke", 5, 1),
        ("prod", 3040, pytest.approx(3040 / 56_800, abs=1e-6)),
        ("split", Decimal("0.038462"), pytest.approx(2 / 52, abs=1e-6)),
    ]


def test_the_gate_names_cluster_node_and_both_figures_of_a_feed_that_contradicts_itself(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    results = [check for check in run_gate(warehouse, "2026-09").results if check.table == "audit.audit_kubernetes"]
    blocking = [message for check in results if check.severity == "critical" for message in check.messages]
    contradiction = (
        "core hours requested or used of its capacity: idle would be negative, so the feed contradicts itself"
    )
    assert blocking == [
        f"cluster eks, node ip-1 on 2026-09-17, {contradiction}: expected 4.00, found 5.00, difference 1.00",
        f"cluster prod, node ip-i-0c2 on 2026-09-17, {contradiction}: "
        "expected 25,360.00, found 28,400.00, difference 3,040.00",
    ]
    warned = [message for check in results if check.severity == "warning" for message in check.messages]
    assert warned == [
        "cluster eks 2026-09, days of nodes in usage feeds that the bill has too: expected 3.00, found 2.00, "
        "difference -1.00"
    ]

"""What clusters and models cost whom, consumer by consumer, is what the estate's maker knows to be true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

import duckdb
import pytest

from orchestration.warehouse.connection import connect
from tests.python.allocation.estate import BuiltEstate

# a part of a day adds up to 24 hours of a few charges; each bound is a double, and each amount has twelve decimals
LAST_DIGITS = Fraction(1, 10**10)


@pytest.fixture
def warehouse(built_estate: BuiltEstate) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(built_estate.home) as connection:
        truth = built_estate.root / "truth"
        connection.execute(f"create temp table true_clusters as from '{truth}/kubernetes_costs.parquet'")
        connection.execute(f"create temp table true_models as from '{truth}/ai_costs.parquet'")
        connection.execute(f"create temp table true_budgets as from '{truth}/ai_budgets.parquet'")
        connection.execute(f"create temp table true_gpus as from '{truth}/gpu_idle.parquet'")
        yield connection


def by_key(connection: duckdb.DuckDBPyConnection, query: str) -> dict[tuple[object, ...], Fraction]:
    """The last column by the others."""
    return {tuple(row[:-1]): Fraction(row[-1]) for row in connection.execute(query).fetchall() if row[-1]}


def assert_same(found: dict[tuple[object, ...], Fraction], true: dict[tuple[object, ...], Fraction]) -> None:
    assert sorted(map(str, true.keys() - found.keys()))[:5] == []
    assert sorted(map(str, found.keys() - true.keys()))[:5] == []
    wrong = {key: (float(found[key]), float(true[key])) for key in true if abs(found[key] - true[key]) > LAST_DIGITS}
    assert dict(sorted(wrong.items(), key=str)[:5]) == {}


def test_every_consumer_of_a_cluster_costs_its_payer_what_is_true(warehouse: duckdb.DuckDBPyConnection) -> None:
    keys = (
        "cluster, {role} as role, lower(resource_id), charge_date, namespace, workload_kind, workload_name, domain_id"
    )
    found = by_key(
        warehouse,
        f"select {keys.format(role='role')}, sum(effective_cost) from ("
        "select coalesce(kubernetes_role, 'nat') as role, * from finance.fct_kubernetes_costs "
        "where kubernetes_role is not null or pool_id = 'kubernetes-nat') group by all",
    )
    true = by_key(warehouse, f"select {keys.format(role='role')}, sum(effective_cost) from true_clusters group by all")
    assert_same(found, true)
    assert len(true) > 8_000


def test_namespaces_and_idle_are_the_billed_machine_to_the_last_digit(warehouse: duckdb.DuckDBPyConnection) -> None:
    differences = warehouse.execute(
        """
        with divided as (
            select lower(resource_id) as resource_id, charge_date, sum(effective_cost) as effective_cost,
                sum(billed_cost) as billed_cost
            from finance.fct_kubernetes_costs where kubernetes_role = 'node' group by all
        ), billed as (
            select lower(ResourceId) as resource_id, x_charge_date as charge_date,
                sum(EffectiveCost) as effective_cost, sum(BilledCost) as billed_cost
            from finance.focus_cost_and_usage
            where ServiceCategory = 'Compute' and lower(ResourceId) in (select resource_id from divided) group by all
        )
        select * from divided full join billed using (resource_id, charge_date)
        where divided.effective_cost is distinct from billed.effective_cost
            or divided.billed_cost is distinct from billed.billed_cost
        """
    ).fetchall()
    assert differences == []


def test_every_caller_of_a_model_costs_its_payer_what_is_true(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = by_key(
        warehouse,
        "select provider, model, charge_date, key_id, domain_id, sum(effective_cost) from finance.fct_ai_costs "
        "where pool_id = 'ai-gateway' group by all",
    )
    true = by_key(
        warehouse,
        "select provider, model, charge_date, key_id, domain_id, sum(effective_cost) from true_models group by all",
    )
    assert_same(found, true)
    assert len(true) > 3_000


def test_callers_and_the_rest_are_the_billed_model_to_the_last_digit(warehouse: duckdb.DuckDBPyConnection) -> None:
    sums: dict[str, dict[tuple[object, ...], Fraction]] = defaultdict(dict)
    sums["divided"] = by_key(
        warehouse,
        "select source_id, charge_date, sum(effective_cost) from finance.fct_ai_costs "
        "where pool_id = 'ai-gateway' group by all",
    )
    sums["billed"] = by_key(
        warehouse,
        "select source_id, charge_date, sum(effective_cost) from finance.fct_allocated_costs "
        "where pool_id = 'ai-gateway' group by all",
    )
    assert sums["divided"] == sums["billed"]


def test_what_is_used_of_every_budget_is_true(warehouse: duckdb.DuckDBPyConnection) -> None:
    columns = "billing_period, budget_id, period_from, consumed_at_least, unpriced_tokens, tokens, requests"
    query = f"select {columns}, reached_70_on, reached_85_on, reached_100_on from {{}} order by all"
    found = warehouse.execute(query.format("finance.rpt_ai_budgets")).fetchall()
    true = warehouse.execute(query.format("true_budgets")).fetchall()
    assert found == true
    assert len(true) > 90, "three months of three budgets, and the days of one"
    assert {row[7] is None for row in true} == {True, False}
    assert {row[4] > 0 for row in true} == {True, False}


def test_idle_gpus_cost_what_is_true(warehouse: duckdb.DuckDBPyConnection) -> None:
    keys = "window_start, window_end"
    found = by_key(
        warehouse,
        f"select resource_key, {keys}, sum(effective_cost) from finance.rpt_gpu_idle group by all",
    )
    true = by_key(warehouse, f"select resource_id, {keys}, sum(effective_cost) from true_gpus group by all")
    assert_same(found, true)
    assert len(true) > 40

"""A warehouse small enough to compute in the head: two charges, one of them split between two owners."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.home import Home
from orchestration.publishing import Evidence, PublishedModel

PERIOD = "2026-01"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def models() -> list[PublishedModel]:
    def model(name: str, materialized: str, *partition_by: str) -> PublishedModel:
        return PublishedModel(name, "finance", materialized, partition_by, f"What {name} holds.", {"Tags": "The tags."})

    return [
        model("dim_cost_domains", "table"),
        model("fct_charge_splits", "partitioned", "source_id", "billing_period"),
        model("focus_allocated_cost_and_usage", "view"),
        model("focus_cost_and_usage", "partitioned", "x_source_id", "x_billing_period"),
        model("kpi_tag_compliance", "partitioned", "billing_period"),
    ]


@pytest.fixture
def warehouse(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    home.facts.mkdir(parents=True)
    with duckdb.connect(str(home.warehouse_file), config={"threads": 1}) as connection:
        build(connection, home)
        yield connection


@pytest.fixture
def evidence() -> Evidence:
    return Evidence(
        fingerprint="f" * 64,
        inputs={"deliveries": [{"delivery_id": "0123456789ab"}]},
        gate={"outcome": "passed", "results": []},
        allocation_accuracy=[{"variant": "shared", "allocation_accuracy": "1.000000"}],
    )


def build(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Make the marts as the models would: facts as partition files with a view over them, the rest as tables."""
    write_focus(connection, home, PERIOD, "10.000000000001")
    write_focus(connection, home, "2025-12", "7.5")
    for name in ("focus_cost_and_usage", "fct_charge_splits"):
        connection.execute(
            f"create view finance.{name} as select * from read_parquet('{home.facts}/{name}/*/*/*.parquet', "
            "hive_partitioning = true, hive_types_autocast = 0)"
        )
    connection.execute(
        """
        create table finance.dim_cost_domains as
        select * from (values ('unallocated', 'Unallocated'), ('shop-prod', 'Shop')) as t (domain_id, product);
        create table finance.kpi_tag_compliance (billing_period varchar, compliant_share double);
        create view finance.focus_allocated_cost_and_usage as (
            select charges.Tags, splits.effective_cost as EffectiveCost, splits.domain_id as x_domain_id,
                charges.BillingCurrency, charges.x_billing_period
            from "tieout"."finance"."fct_charge_splits" as splits
            inner join "tieout"."finance"."focus_cost_and_usage" as charges
                on splits.charge_id = charges.x_charge_id and splits.billing_period = charges.x_billing_period
        );
        """
    )


def write_focus(connection: duckdb.DuckDBPyConnection, home: Home, period: str, amount: str) -> None:
    connection.execute("create schema if not exists finance")
    charges = home.facts / f"focus_cost_and_usage/x_source_id=aws-main/x_billing_period={period}"
    splits = home.facts / f"fct_charge_splits/source_id=aws-main/billing_period={period}"
    for folder in (charges, splits):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "data.parquet").unlink(missing_ok=True)
    connection.execute(
        f"""
        copy (
            select 1 as x_charge_id, 11 as x_identity_id, '{{"CostCentre":"CC-1010"}}' as Tags,
                'USD' as BillingCurrency, {amount}::decimal(38, 12) as EffectiveCost,
                0::decimal(38, 12) as BilledCost, 'Compute' as ServiceCategory,
                date_trunc('month', current_date)::timestamp as ChargePeriodStart
            union all
            select 2, 12, null, 'USD', 5, 5, 'Storage', date_trunc('month', current_date)::timestamp
        ) to '{charges}/data.parquet' (format parquet);
        copy (
            select 1 as charge_id, 'shop-prod' as domain_id, 'USD' as billing_currency,
                {amount}::decimal(38, 12) - 1 as effective_cost, 0::decimal(38, 12) as billed_cost
            union all select 1, 'unallocated', 'USD', 1, 0
            union all select 2, 'unallocated', 'USD', 5, 5
        ) to '{splits}/data.parquet' (format parquet);
        """
    )

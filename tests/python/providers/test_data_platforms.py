"""Snowflake's and Databricks' usage: several rows a service-day, adjustments, retractions, prices that are missing."""

from __future__ import annotations

import json
from decimal import Decimal

from tests.python.providers.conftest import Built


def test_the_newest_snowflake_file_stands_for_its_month(built: Built) -> None:
    files = built.charges("snowflake_usage", "distinct x_source_file", order="1")

    assert files == [("usage_in_currency_daily-20260603.csv",)]


def test_rows_of_a_snowflake_service_and_day_stay_apart_and_add_up(built: Built) -> None:
    found = built.charges(
        "snowflake_usage",
        "BilledCost, ContractedUnitPrice, x_provider_columns",
        "ServiceName = 'WAREHOUSE_METERING' and ChargeCategory = 'Usage'",
    )

    assert [(cost, price, json.loads(native)["BALANCE_SOURCE"]) for cost, price, native in found] == [
        (30, 3, "capacity"),
        (Decimal("8.75"), Decimal("3.5"), "overage"),
    ]


def test_adjustments_rebates_and_support_are_told_from_usage(built: Built) -> None:
    found = built.charges("snowflake_usage", "ChargeCategory, sum(BilledCost)", "true group by 1", order="1")

    assert found == [
        ("Adjustment", Decimal("-3.60")),
        ("Credit", Decimal("-1.15")),
        ("Purchase", 50),
        ("Usage", Decimal("39.51")),
    ]


def test_a_databricks_retraction_and_its_restatement_add_up_to_the_restatement(built: Built) -> None:
    found = built.charges(
        "databricks_usage",
        "sum(ListCost), sum(ContractedCost), sum(BilledCost), sum(ConsumedQuantity), min(ResourceName)",
        "ResourceId = '41'",
        order="1",
    )

    assert found == [(Decimal("0.9"), Decimal("0.72"), Decimal("0.72"), 3, "nightly")]


def test_usage_without_a_price_is_shown_at_no_cost(built: Built) -> None:
    found = built.charges(
        "databricks_usage", "BilledCost, ListUnitPrice, SubAccountId, Tags, x_source_changes", "BilledCost = 0"
    )

    assert found == [(0, None, "8", None, '["price_missing","price_not_in_bill","tags_unreadable"]')]

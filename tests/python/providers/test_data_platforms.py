"""Snowflake's and Databricks' usage: several rows a service-day, adjustments, retractions, prices that are missing."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from orchestration.estate import Source
from orchestration.home import Home
from orchestration.landing import LandingResult, land_source
from tests.python.providers.conftest import FIXTURES, Built


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
        (3, 3, "free usage"),
    ]


def test_usage_paid_from_free_usage_has_its_amount_and_is_told(built: Built) -> None:
    found = built.charges("snowflake_usage", "BilledCost", "x_source_changes like '%\"paid_from_free_usage\"%'")

    assert found == [(3,)]


def test_a_negative_row_that_nothing_flags_is_an_adjustment(built: Built) -> None:
    found = built.charges(
        "snowflake_usage",
        "BilledCost, ChargeCategory, ConsumedQuantity, x_source_changes",
        "ServiceName = 'CLOUD_SERVICES'",
    )

    assert found == [(Decimal("-1.5"), "Adjustment", None, '["adjustment_without_flag"]')]


def test_adjustments_rebates_and_support_are_told_from_usage(built: Built) -> None:
    found = built.charges("snowflake_usage", "ChargeCategory, sum(BilledCost)", "true group by 1", order="1")

    assert found == [
        ("Adjustment", Decimal("-5.10")),
        ("Credit", Decimal("-1.15")),
        ("Purchase", 50),
        ("Usage", Decimal("42.51")),
    ]


def test_a_databricks_retraction_and_its_restatement_add_up_to_the_restatement(built: Built) -> None:
    found = built.charges(
        "databricks_usage",
        "sum(ListCost), sum(ContractedCost), sum(BilledCost), sum(ConsumedQuantity), min(ResourceName)",
        "ResourceId = '41'",
        order="1",
    )

    assert found == [(Decimal("0.9"), Decimal("0.72"), Decimal("0.72"), 3, "nightly")]


def test_a_file_of_what_was_added_since_stands_from_its_first_day_and_the_month_before_it(built: Built) -> None:
    found = built.charges(
        "databricks_usage", "x_source_file, count(*), sum(ConsumedQuantity)", "true group by 1", order="1"
    )

    # r-2 and r-3 are in both files
    assert found == [
        ("usage-20260603.csv", 3, Decimal("5.333333333333")),
        ("usage-20260612.csv", 4, Decimal("-0.833333333333")),
    ]
    assert built.charges("databricks_usage", "sum(BilledCost)", "ResourceId = 'w-1'", order="1") == [
        (Decimal("0.825"),)
    ]


def test_usage_without_a_price_is_shown_at_no_cost(built: Built) -> None:
    found = built.charges(
        "databricks_usage", "BilledCost, ListUnitPrice, SubAccountId, Tags, x_source_changes", "BilledCost = 0"
    )

    assert found == [(0, None, "8", None, '["price_missing","price_not_in_bill","tags_unreadable"]')]


def land_databricks(folder: Path, *files: tuple[str, str]) -> LandingResult:
    exports = folder / "exports"
    exports.mkdir(exist_ok=True)
    for name, content in files:
        (exports / name).write_text(content, encoding="utf-8")
    return land_source(Source(id="main", kind="databricks_usage", location=str(exports)), Home.of(folder / "home"))


def month_and_late_rows() -> tuple[str, str]:
    """A whole month, and what was added to it later: a restatement of r-4."""
    month, late = (
        (FIXTURES / "databricks_usage" / "data" / f"usage-{day}.csv").read_text(encoding="utf-8")
        for day in ("20260603", "20260612")
    )
    header, _, _, *rows = late.splitlines()
    return month, "\n".join((header, *rows, ""))


def test_late_rows_add_up_with_their_month_and_a_whole_month_replaces_both(tmp_path: Path) -> None:
    month, late = month_and_late_rows()
    whole = month + "".join(f"{line}\n" for line in late.splitlines()[1:])

    (first,) = land_databricks(tmp_path, ("usage-20260603.csv", month)).receipts
    (second,) = land_databricks(tmp_path, ("usage-20260612.csv", late)).receipts
    (third,) = land_databricks(tmp_path, ("usage-20260701.csv", whole)).receipts

    assert [(receipt.row_count, receipt.billed_cost) for receipt in (first, second, third)] == [
        (5, Decimal("1.82")),
        (7, Decimal("1.545")),
        (7, Decimal("1.545")),
    ]
    assert [file.path for file in third.files] == ["usage-20260701.csv"]
    again = land_databricks(tmp_path)
    assert (again.receipts, again.refusals) == ([], [])


def test_a_databricks_file_of_late_rows_without_their_month_is_refused(tmp_path: Path) -> None:
    _, late = month_and_late_rows()

    result = land_databricks(tmp_path, ("usage-20260612.csv", late))

    assert result.receipts == []
    (refusal,) = result.refusals
    assert "usage-20260612.csv, row 1: record_type: found RETRACTION of a-1, 7, ENTERPRISE_SQL" in str(refusal)
    assert "Export the whole month again; or keep the older file" in str(refusal)


def test_a_restatement_may_be_taken_back_itself(tmp_path: Path) -> None:
    month, late = month_and_late_rows()
    *_, restatement = late.splitlines()
    moved = restatement.replace("SQL_PRO", "SQL_SERVERLESS")
    back = moved.replace("r-7", "r-8").replace(",1.5,", ",-1.5,").replace("RESTATEMENT", "RETRACTION")

    result = land_databricks(tmp_path, ("usage-20260612.csv", f"{month}{moved}\n{back.replace('06-11', '06-12')}\n"))

    assert (result.refusals, [receipt.billed_cost for receipt in result.receipts]) == ([], [Decimal("1.82")])


def test_late_rows_that_do_not_say_when_they_were_added_are_refused(tmp_path: Path) -> None:
    month, late = month_and_late_rows()

    assert len(land_databricks(tmp_path, ("usage-20260603.csv", month)).receipts) == 1
    result = land_databricks(tmp_path, ("usage-20260612.csv", late.replace("ingestion_date", "added_on")))

    (refusal,) = result.refusals
    assert "usage-20260612.csv: found no key column ingestion_date" in str(refusal)


def test_new_rows_that_end_before_those_of_an_older_file_are_refused(tmp_path: Path) -> None:
    month, late = month_and_late_rows()

    result = land_databricks(tmp_path, ("usage-20260603.csv", late), ("usage-20260612.csv", month))

    (refusal,) = result.refusals
    assert "usage-20260612.csv: found rows appended until 2026-05-09" in str(refusal)


def test_two_prices_in_force_at_once_do_not_double_a_databricks_record(tmp_path: Path) -> None:
    month = (FIXTURES / "databricks_usage" / "data" / "usage-20260603.csv").read_text(encoding="utf-8")
    doubled = month + month.splitlines()[1].replace(",0.24", ",0.20") + "\n"

    result = land_databricks(tmp_path, ("usage-20260603.csv", doubled))

    assert result.receipts == []
    (refusal,) = result.refusals
    assert "usage-20260603.csv: record_id: found r-1 on 2 rows" in str(refusal)


def test_names_of_accounts_are_taken_from_where_the_bill_has_them(built: Built) -> None:
    named = "distinct BillingAccountName, SubAccountName"

    assert built.charges("snowflake_usage", named, "SubAccountId is not null", order="1") == [("HALDEN", "ANALYTICS")]
    assert built.charges("databricks_usage", named, order="2") == [(None, "data-prod"), (None, "sandbox")]
    assert built.charges("oci_cost", named, order="1") == [("acme", "acme"), (None, "acme")]

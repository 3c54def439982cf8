from __future__ import annotations

from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.errors import DeliveryRefused
from orchestration.landing.focus_versions import detect_version
from orchestration.landing.kinds.file_sets import name_parts
from tests.python.landing.conftest import focus, focus_row, refusal, write


@pytest.mark.parametrize(
    ("path", "scope", "date"),
    [
        ("costs.csv", "costs", ""),
        ("costs-2026-05.csv", "costs", "202605"),
        ("costs_20260501.csv.gz", "costs", "20260501"),
        ("costs-20260501T061500Z-00001.parquet", "costs", "20260501061500"),
        ("2026-05/costs.csv", "costs", "202605"),
        ("acme/2026/costs-1.csv", "acme/2026/costs", ""),
        ("costs_part_2.csv", "costs", ""),
        ("part-00001.csv", "files", ""),
        ("focus_1.0_sample.csv", "focus_1.0_sample", ""),
        ("focus-1.4.csv", "focus-1.4", ""),
        ("2026-05-01.csv", "files", "20260501"),
        ("account-123456789012.csv", "account-123456789012", ""),
    ],
)
def test_a_name_says_scope_and_date(path: str, scope: str, date: str) -> None:
    assert name_parts(path) == (scope, date)


def test_a_file_that_is_not_data_is_passed_over() -> None:
    assert name_parts("README.md") is None


def test_one_file_of_several_months_lands_by_month(place: SimpleNamespace) -> None:
    file = write(place.folder, "costs.csv", focus(focus_row("1"), focus_row("2", month="2026-07"), focus_row("4")))
    write(place.folder, "another.csv", b"not looked at")

    result = place.land("focus", location=file)

    assert [(receipt.billing_period, receipt.billed_cost) for receipt in result.receipts] == [
        ("2026-06", 5),
        ("2026-07", 2),
    ]
    assert place.query("focus", "select BilledCost, _source_row from landing.focus order by 2") == [
        ("1", 1),
        ("2", 2),
        ("4", 3),
    ]


def test_the_newest_snapshot_that_holds_a_month_stands_for_it(place: SimpleNamespace) -> None:
    write(place.folder, "costs_20260610.csv", focus(focus_row("1")))
    write(place.folder, "costs_20260620.csv", focus(focus_row("2")))
    write(place.folder, "costs_20260702.csv", focus(focus_row("4", month="2026-07")))

    result = place.land("focus")

    assert [(receipt.billing_period, receipt.billed_cost) for receipt in result.receipts] == [
        ("2026-06", 2),
        ("2026-07", 4),
    ]


def test_parts_and_scopes_add_up(place: SimpleNamespace) -> None:
    write(place.folder, "a/costs-1.csv", focus(focus_row("1")))
    write(place.folder, "a/costs-2.csv", focus(focus_row("2")))
    write(place.folder, "b/costs.csv", focus(focus_row("4", account="a-2")))

    result = place.land("focus")

    assert [(receipt.scope, receipt.billed_cost) for receipt in result.receipts] == [("a/costs", 3), ("b/costs", 4)]


def test_two_scopes_that_bill_the_same_account_are_refused(place: SimpleNamespace) -> None:
    write(place.folder, "costs.csv", focus(focus_row("1")))
    write(place.folder, "costs-restated.csv", focus(focus_row("2")))

    message = refusal(place.land("focus"))

    assert "billing account a-1 of Cloudy in billing period 2026-06" in message
    assert "costs-restated.csv" in message


def test_files_named_for_months_that_hold_the_same_month_are_refused(place: SimpleNamespace) -> None:
    write(place.folder, "costs-2026-06.csv", focus(focus_row("1")))
    write(place.folder, "costs-2026-07.csv", focus(focus_row("2"), focus_row("4", month="2026-07")))

    result = place.land("focus")

    assert [receipt.billing_period for receipt in result.receipts] == ["2026-07"]
    assert "named for different months" in str(result.refusals[0])


def test_a_renamed_file_replaces_what_its_accounts_had(place: SimpleNamespace) -> None:
    old = write(place.folder, "june.csv", focus(focus_row("1")))
    place.land("focus")
    old.rename(place.folder / "costs.csv")

    place.land("focus")

    assert place.query("focus", "select count(*) from landing.focus") == [(1,)]


def test_a_bad_file_keeps_only_its_own_scope_from_landing(place: SimpleNamespace) -> None:
    write(place.folder, "a.csv", focus(focus_row("1")))
    write(place.folder, "b.csv", b"<html>Sign in</html>")

    result = place.land("focus")

    assert [receipt.scope for receipt in result.receipts] == ["a"]
    assert "b.csv: found HTML or XML" in str(result.refusals[0])


def test_parquet_lands_as_text(place: SimpleNamespace) -> None:
    start, end = pa.scalar("2026-06-01", pa.string()), pa.scalar("2026-07-01", pa.string())
    moments = pa.array([start, start]).cast(pa.timestamp("us")), pa.array([end, end]).cast(pa.timestamp("us"))
    table = pa.table(
        {
            "BilledCost": [0.1, 1e-7],
            "BillingAccountId": ["a-1", "a-1"],
            "BillingCurrency": ["USD", "USD"],
            "BillingPeriodStart": moments[0],
            "BillingPeriodEnd": moments[1],
            "Tags": pa.array([[("env", "prod")], None], pa.map_(pa.string(), pa.string())),
            "x_Number": [7, 8],
        }
    )
    pq.write_table(table, place.folder / "costs.parquet")

    (receipt,) = place.land("focus").receipts

    assert str(receipt.billed_cost) == "0.100000100000"
    assert place.query("focus", "select BilledCost, BillingPeriodStart, Tags, _extra_columns from landing.focus") == [
        ("0.1", "2026-06-01T00:00:00Z", '{"env":"prod"}', '{"x_Number":"7"}'),
        ("1e-07", "2026-06-01T00:00:00Z", None, '{"x_Number":"8"}'),
    ]


def test_versions_are_told_from_columns() -> None:
    base = ["BilledCost", "ChargeClass"]
    assert detect_version([*base, "ProviderName"], "f") == "1.0"
    assert detect_version([*base, "ProviderName", "SkuMeter"], "f") == "1.1"
    assert detect_version([*base, "ProviderName", "SkuMeter", "InvoiceId"], "f") == "1.2"
    assert detect_version([*base, "ProviderName", "HostProviderName"], "f") == "1.3"
    assert detect_version([*base, "ServiceProviderName", "HostProviderName"], "f") == "1.4"
    assert detect_version([*base, "Provider", "UsageQuantity"], "f") == "1.0-preview"


@pytest.mark.parametrize(
    "columns",
    [["Provider", "ProviderName"], ["ProviderName", "InvoiceDetailId"], ["Region", "SkuMeter"]],
)
def test_two_versions_in_one_file_are_refused(columns: list[str]) -> None:
    with pytest.raises(DeliveryRefused, match="two FOCUS versions"):
        detect_version(columns, "f")


def test_the_version_is_in_the_receipt(place: SimpleNamespace) -> None:
    write(place.folder, "costs.csv", focus())

    (receipt,) = place.land("focus").receipts

    assert receipt.files[0].focus_version == "1.0"
    assert receipt.drift.absent == ()


def test_driver_usage_lands_by_month_without_money(place: SimpleNamespace) -> None:
    rows = "2026-06-30,nat_gb,eu,shop-prod,12.5\n2026-07-01T00:00:00Z,nat_gb,,shop-prod,\n"
    write(place.folder, "nat.csv", f"date,driver,scope,target,quantity\n{rows}".encode())

    result = place.land("driver_usage")

    assert [(receipt.billing_period, receipt.billed_cost) for receipt in result.receipts] == [
        ("2026-06", None),
        ("2026-07", None),
    ]
    assert place.query("driver_usage", "select date, scope, quantity from landing.driver_usage order by 1") == [
        ("2026-06-30", "eu", "12.5"),
        ("2026-07-01T00:00:00Z", None, None),
    ]

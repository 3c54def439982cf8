from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq

from tests.python.landing.conftest import gcp_file, gcp_row, refusal


def test_a_month_is_an_invoice_month_over_all_files(place: SimpleNamespace) -> None:
    gcp_file(place.folder, "2026-06/r-000000000000.parquet", [gcp_row(1.5), gcp_row(2.0, "202607")])
    gcp_file(place.folder, "2026-07/r-000000000000.parquet", [gcp_row(4.0, "202607"), gcp_row(8.0)])

    result = place.land("gcp_detailed")

    assert [(receipt.billing_period, receipt.billed_cost) for receipt in result.receipts] == [
        ("2026-06", 9.5),
        ("2026-07", 6),
    ]
    rows = place.query(
        "gcp_detailed",
        "select _billing_period, cost, _source_file, _source_row from landing.gcp_detailed order by cost",
    )
    assert rows == [
        ("2026-06", "1.5", "2026-06/r-000000000000.parquet", 1),
        ("2026-07", "2.0", "2026-06/r-000000000000.parquet", 2),
        ("2026-07", "4.0", "2026-07/r-000000000000.parquet", 1),
        ("2026-06", "8.0", "2026-07/r-000000000000.parquet", 2),
    ]
    assert place.query("gcp_detailed", "select count(distinct _charge_id) from landing.gcp_detailed") == [(4,)]


def test_late_rows_land_their_month_again_and_no_other(place: SimpleNamespace) -> None:
    gcp_file(place.folder, "2026-05/r-000000000000.parquet", [gcp_row(1.0, "202605")])
    gcp_file(place.folder, "2026-06/r-000000000000.parquet", [gcp_row(2.0)])
    place.land("gcp_detailed")
    gcp_file(place.folder, "2026-07/r-000000000000.parquet", [gcp_row(4.0)])

    result = place.land("gcp_detailed")

    assert [(receipt.billing_period, receipt.billed_cost) for receipt in result.receipts] == [("2026-06", 6)]
    assert [receipt.billing_period for receipt in result.unchanged] == ["2026-05"]
    assert place.query("gcp_detailed", "select count(*) from landing.gcp_detailed") == [(3,)]


def test_nothing_is_read_again_when_nothing_is_new(place: SimpleNamespace) -> None:
    gcp_file(place.folder, "2026-06/r-000000000000.parquet", [gcp_row(2.0)])
    place.land("gcp_detailed")
    read: list[str] = []

    assert place.land("gcp_detailed", progress=read.append).receipts == []
    assert read == []


def test_the_newest_run_of_a_folder_replaces_the_older(place: SimpleNamespace) -> None:
    gcp_file(place.folder, "2026-06/20260702T041500Z-000000000000.parquet", [gcp_row(1.0)])
    gcp_file(place.folder, "2026-06/20260703T041500Z-000000000000.parquet", [gcp_row(1.0)])
    gcp_file(place.folder, "2026-06/20260703T041500Z-000000000001.parquet", [gcp_row(2.0)])

    assert place.land("gcp_detailed").receipts[0].billed_cost == 3


def test_a_gap_in_the_file_numbers_is_a_missing_part(place: SimpleNamespace) -> None:
    gcp_file(place.folder, "2026-06/r-000000000000.parquet", [gcp_row(1.0)])
    gcp_file(place.folder, "2026-06/r-000000000002.parquet", [gcp_row(1.0)])

    assert "without number 000000000001" in refusal(place.land("gcp_detailed"))


def test_nested_values_become_json_text_and_numbers_keep_their_digits(place: SimpleNamespace) -> None:
    start = dt.datetime(2026, 6, 1, 7, tzinfo=dt.UTC)
    credit = {"name": "CUD, 1 year", "amount": -0.1, "type": "DISCOUNT"}
    gcp_file(
        place.folder,
        "f.parquet",
        [
            gcp_row(
                0.3,
                usage_start_time=start,
                credits=[credit],
                labels=[{"key": "env", "value": 'a"b'}],
                export_time=start,
            )
        ],
    )

    (receipt,) = place.land("gcp_detailed").receipts

    ((cost, given, labels, usage_start, extra),) = place.query(
        "gcp_detailed", "select cost, credits, labels, usage_start_time, _extra_columns from landing.gcp_detailed"
    )
    assert str(receipt.billed_cost) == "0.200000000000"
    assert cost == "0.3"
    assert json.loads(given) == [credit]
    assert json.loads(labels) == [{"key": "env", "value": 'a"b'}]
    assert usage_start == dt.datetime(2026, 6, 1, 7)
    assert json.loads(extra) == {"export_time": "2026-06-01T07:00:00Z"}


def test_decimals_beyond_a_double_stay_exact(place: SimpleNamespace) -> None:
    exact = Decimal("12345678901234567.123456789")
    table = pa.table(
        {
            "billing_account_id": ["B-1"],
            "cost": pa.array([exact], pa.decimal128(38, 9)),
            "currency": ["EUR"],
            "credits": pa.array([[{"amount": -exact}]], pa.list_(pa.struct([("amount", pa.decimal128(38, 9))]))),
            "invoice": [{"month": "202606"}],
        }
    )
    pq.write_table(table, place.folder / "f.parquet")

    (receipt,) = place.land("gcp_detailed").receipts

    assert receipt.billed_cost == 0
    assert place.query("gcp_detailed", "select cost, credits ->> '$[0].amount' from landing.gcp_detailed") == [
        (str(exact), str(-exact))
    ]


def test_a_row_without_an_invoice_month_is_refused(place: SimpleNamespace) -> None:
    gcp_file(place.folder, "f.parquet", [gcp_row(1.0), gcp_row(1.0, "2026")])

    assert "f.parquet, row 2: invoice" in refusal(place.land("gcp_detailed"))


def test_decimals_that_cannot_be_kept_exactly_are_refused(place: SimpleNamespace) -> None:
    table = pa.table({"cost": pa.array([Decimal("1.5")], pa.decimal256(76, 38)), "invoice": [{"month": "202606"}]})
    pq.write_table(table, place.folder / "f.parquet")

    assert "f.parquet: cost: found decimals of more than 38 digits" in refusal(place.land("gcp_detailed"))


def test_a_truncated_parquet_file_is_refused(place: SimpleNamespace) -> None:
    gcp_file(place.folder, "f.parquet", [gcp_row(1.0)])
    content = (place.folder / "f.parquet").read_bytes()
    (place.folder / "f.parquet").write_bytes(content[:-20])
    assert "main: f.parquet: found a Parquet file that ends early" in refusal(place.land("gcp_detailed"))
    (place.folder / "f.parquet").write_bytes(content[: len(content) // 2] + content[-4:])
    assert "Parquet file that cannot be read" in refusal(place.land("gcp_detailed"))

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.estate import Source
from orchestration.landing import pending
from tests.python.landing.conftest import gcp_file, gcp_row, refusal, write

RUNS = ("2026-06/20260702T041500Z", "2026-06/20260703T041500Z", "2026-06/20260704T041500Z")


def run(place: SimpleNamespace, name: str, *rows: tuple[int, float]) -> None:
    """An export run: rows as (day of June they were appended, cost)."""
    appended = [gcp_row(cost, export_time=dt.datetime(2026, 6, day, tzinfo=dt.UTC)) for day, cost in rows]
    gcp_file(place.folder, f"{name}-000000000000.parquet", appended)


def json_row(cost: str, **values: object) -> str:
    row = {"billing_account_id": "B-1", "cost": "COST", "currency": "EUR", "invoice": {"month": "202606"}, **values}
    return json.dumps(row).replace('"COST"', cost) + "\n"


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


def test_a_run_of_what_is_new_adds_to_the_runs_before_it(place: SimpleNamespace) -> None:
    run(place, RUNS[0], (1, 1.0), (2, 2.0))
    run(place, RUNS[1], (3, 4.0))

    assert place.land("gcp_detailed").receipts[0].billed_cost == 7


def test_a_run_of_everything_replaces_the_runs_before_it(place: SimpleNamespace) -> None:
    run(place, RUNS[0], (1, 1.0), (2, 2.0))
    run(place, RUNS[1], (3, 4.0))
    run(place, RUNS[2], (1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0))

    (receipt,) = place.land("gcp_detailed").receipts

    assert (receipt.billed_cost, len(receipt.files)) == (15, 1)


def test_a_run_that_looks_back_replaces_what_it_holds_again(place: SimpleNamespace) -> None:
    run(place, RUNS[0], (1, 1.0), (2, 2.0), (3, 4.0))
    run(place, RUNS[1], (2, 2.0), (3, 4.0), (4, 8.0))

    (receipt,) = place.land("gcp_detailed").receipts

    assert receipt.billed_cost == 15
    assert [file.rows for file in receipt.files] == [1, 3]


def test_a_watermark_that_goes_back_is_refused(place: SimpleNamespace) -> None:
    run(place, RUNS[0], (1, 1.0), (9, 2.0))
    run(place, RUNS[1], (1, 1.0))

    assert "rows appended until 2026-06-09T00:00:00Z or later" in refusal(place.land("gcp_detailed"))


def test_late_rows_by_watermark_land_their_month_once_more(place: SimpleNamespace) -> None:
    source = Source(id="main", kind="gcp_detailed", location=str(place.folder))
    run(place, RUNS[0], (1, 1.0))
    run(place, RUNS[1], (1, 1.0), (2, 2.0))
    place.land("gcp_detailed")
    assert pending(source, place.home) == []

    run(place, RUNS[2], (5, 4.0))

    assert [item.scope for item in pending(source, place.home)] == ["2026-06/"]
    assert place.land("gcp_detailed").receipts[0].billed_cost == 7
    assert place.land("gcp_detailed").receipts == []
    assert pending(source, place.home) == []


def test_replaced_runs_are_looked_at_only_as_far_as_needed(place: SimpleNamespace) -> None:
    for name in RUNS:
        run(place, name, (1, 1.0))
    said: list[str] = []

    place.land("gcp_detailed", progress=said.append)

    assert said == [f"{RUNS[2]}-000000000000.parquet: 1 rows"]


@pytest.mark.parametrize("name", ["f.json", "f.jsonl.gz", "f.ndjson"])
def test_json_lines_land_as_parquet_does(place: SimpleNamespace, name: str) -> None:
    credit, label = {"name": "CUD", "amount": -0.1, "type": "DISCOUNT"}, {"key": "env", "value": 'ä"b'}
    start = dt.datetime(2026, 6, 1, 7, tzinfo=dt.UTC)
    columns = "cost, credits ->> '$[0].amount', labels, usage_start_time, invoice ->> '$.month', _source_row"
    gcp_file(place.folder, "f.parquet", [gcp_row(0.3, usage_start_time=start, credits=[credit], labels=[label])])
    (before,) = place.land("gcp_detailed").receipts
    expected = place.query("gcp_detailed", f"select {columns} from landing.gcp_detailed")
    (place.folder / "f.parquet").unlink()
    row = json_row("0.3", usage_start_time="2026-06-01 07:00:00 UTC", credits=[credit], labels=[label])
    write(place.folder, name, row.encode())

    (after,) = place.land("gcp_detailed").receipts

    assert after.billed_cost == before.billed_cost
    assert place.query("gcp_detailed", f"select {columns} from landing.gcp_detailed") == expected


def test_numbers_of_json_lines_never_become_floats(place: SimpleNamespace) -> None:
    exact = "12345678901234567.123456789"
    row = json_row(exact, credits=[{"amount": "AMOUNT"}]).replace('"AMOUNT"', f"-{exact}")
    write(place.folder, "f.json", (row + "\n" + json_row("1E-9")).encode())

    (receipt,) = place.land("gcp_detailed").receipts

    assert (str(receipt.billed_cost), receipt.row_count) == ("1.000E-9", 2)
    rows = place.query("gcp_detailed", "select cost, credits ->> '$[0].amount' from landing.gcp_detailed order by 1")
    assert rows == [(exact, f"-{exact}"), ("1E-9", None)]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (b"{", "f.json:2: found text that is not JSON"),
        (b"[1]", "f.json:2: found a JSON list"),
        (b'{"cost": 1, "cost": 2}', "f.json:2: found the key cost twice"),
        (b'{"cost": "\xff"}', "f.json:2: found text that is not JSON"),
        (json_row("NaN").encode(), "f.json, row 2: cost: found 'NaN'"),
        (json_row("1", credits=[{"amount": "+1.5"}]).encode(), "f.json, row 2: credits: found"),
        (json_row("1", credits={"amount": -1}).encode(), "f.json, row 2: credits: found"),
        (json_row("1", credits=[{"name": "CUD"}]).encode(), "f.json, row 2: credits: found"),
        (json_row("1", credits="none").encode(), "f.json, row 2: credits: found"),
    ],
)
def test_json_lines_that_cannot_be_used_are_refused_by_line_or_row(
    place: SimpleNamespace, second: bytes, message: str
) -> None:
    write(place.folder, "f.json", json_row("1").encode() + second)

    assert message in refusal(place.land("gcp_detailed"))


def test_json_lines_cut_off_in_gzip_are_refused(place: SimpleNamespace) -> None:
    (place.folder / "f.json.gz").write_bytes(gzip.compress(json_row("1").encode() * 100)[:-9])

    assert "f.json.gz: found a gzip file that cannot be read" in refusal(place.land("gcp_detailed"))

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.declared import declared_tables
from orchestration.landing.kinds.aws_cur_legacy import column_names
from tests.python.landing.conftest import refusal, write

HEADER = (
    "bill/PayerAccountId",
    "lineItem/UnblendedCost",
    "lineItem/UsageStartDate",
    "product/ProductName",
    "product/vcpu",
    "product/sku",
    "costCategory/Team",
    "resourceTags/user:CostCenter",
    "resourceTags/user:costcenter",
)
ROW = ("111122223333", "1.5", "2026-06-01T00:00:00Z", "Cloud", "2", "S1", "Shop", "CC-1", "")
MONTH = "cur/acme/20260601-20260701"


def table(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> bytes:
    return "\n".join(",".join(row) for row in (header, *(rows or (ROW,)))).encode() + b"\n"


def manifest(keys: list[str], *, header: tuple[str, ...] = HEADER, **changes: Any) -> bytes:
    content: dict[str, Any] = {
        "assemblyId": "20260702T060000Z",
        "billingPeriod": {"start": "20260601T000000.000Z", "end": "20260701T000000.000Z"},
        "columns": [dict(zip(("category", "name"), name.split("/", 1), strict=True)) for name in header],
        "compression": "GZIP",
        "contentType": "text/csv",
        "reportKeys": keys,
    }
    return json.dumps(content | changes).encode()


def version(
    folder: Path, assembly: str, files: dict[str, bytes], *, below: str = MONTH, pointer: bool = True, **changes: Any
) -> None:
    """One version of a report that keeps its versions, and the manifest of the month that points to it."""
    for name, content in files.items():
        write(folder, f"{below}/{assembly}/{name}", content)
    content = manifest([f"bucket-prefix/{below}/{assembly}/{name}" for name in files], assemblyId=assembly, **changes)
    write(folder, f"{below}/{assembly}/acme-Manifest.json", content)
    if pointer:
        write(folder, f"{below}/acme-Manifest.json", content)


def test_slash_headers_become_athenas_names_and_what_is_spread_over_columns_one(place: SimpleNamespace) -> None:
    version(place.folder, "20260702T060000Z", {"acme-1.csv.gz": table(), "acme-2.csv.gz": table()})

    result = place.land("aws_cur_legacy")

    assert result.refusals == []
    (receipt,) = result.receipts
    assert (receipt.billing_period, receipt.scope, receipt.row_count) == ("2026-06", "cur/acme", 2)
    assert receipt.billed_cost == Decimal("3.0")
    assert f"{receipt.delivered_at:%Y-%m-%d %H}" == "2026-07-02 06"
    assert receipt.drift.undeclared == ()
    assert receipt.drift.absent == (
        "line_item_line_item_type",
        "resource_tags",
        "savings_plan_savings_plan_effective_cost",
    )
    columns = "bill_payer_account_id, product, product_sku, resource_tags, tags, _extra_columns"
    assert set(place.query("aws_cur_legacy", f"select {columns} from landing.aws_cur_legacy")) == {
        (
            "111122223333",
            '{"product_name":"Cloud","vcpu":"2"}',
            "S1",
            None,
            '{"resourceTags/user:CostCenter":"CC-1"}',
            '{"costCategory/Team":"Shop"}',
        )
    }


def test_the_manifest_of_the_month_says_which_version_counts(place: SimpleNamespace) -> None:
    version(place.folder, "5c1b", {"acme-1.csv.gz": table(ROW, ROW)})
    version(place.folder, "0a7f", {"acme-1.csv.gz": table()})
    version(place.folder, "ff00", {"acme-1.csv.gz": table(ROW, ROW, ROW)}, pointer=False)

    (receipt,) = place.land("aws_cur_legacy").receipts

    assert receipt.row_count == 1
    assert receipt.manifest == f"{MONTH}/acme-Manifest.json"


def test_a_report_that_is_overwritten_lands_again(place: SimpleNamespace) -> None:
    for rows, landed in ((1, 1), (2, 1), (2, 0)):
        write(place.folder, f"{MONTH}/acme-1.csv.gz", table(*[ROW] * rows))
        write(place.folder, f"{MONTH}/acme-Manifest.json", manifest([f"{MONTH}/acme-1.csv.gz"]))

        assert len(place.land("aws_cur_legacy").receipts) == landed

    assert place.query("aws_cur_legacy", "select count(*) from landing.aws_cur_legacy") == [(2,)]


def test_parquet_for_athena_lies_beside_the_months(place: SimpleNamespace) -> None:
    file = io.BytesIO()
    columns = {
        "bill_payer_account_id": ["1"],
        "line_item_unblended_cost": [1.25],
        "product_product_name": ["Cloud"],
        "resource_tags_user_cost_center": ["CC-1"],
        "cost_category_team": ["Shop"],
    }
    pq.write_table(pa.table(columns), file)
    data = "cur/acme/acme/year=2026/month=6/acme-00001.snappy.parquet"
    write(place.folder, data, file.getvalue())
    content = manifest([data], contentType="Parquet", compression="Parquet", columns=[{"category": "x", "name": "y"}])
    write(place.folder, f"{MONTH}/acme-Manifest.json", content)
    write(place.folder, f"{MONTH}/acme-RedshiftManifest.json", b"{}")

    (receipt,) = place.land("aws_cur_legacy").receipts

    assert (receipt.billing_period, receipt.billed_cost) == ("2026-06", Decimal("1.25"))
    assert place.query("aws_cur_legacy", "select product, resource_tags, tags from landing.aws_cur_legacy") == [
        ('{"product_name":"Cloud"}', '{"user_cost_center":"CC-1"}', None)
    ]


def test_a_month_without_its_manifest_is_waiting(place: SimpleNamespace) -> None:
    version(place.folder, "5c1b", {"acme-1.csv.gz": table()}, pointer=False)
    version(place.folder, "5c1b", {"acme-1.csv.gz": table()}, below="cur/other/20260601-20260701")

    result = place.land("aws_cur_legacy")

    assert result.waiting == ["cur/acme 2026-06"]
    assert [receipt.scope for receipt in result.receipts] == ["cur/other"]


def test_manifests_that_list_different_files_are_refused(place: SimpleNamespace) -> None:
    version(place.folder, "5c1b", {"acme-1.csv.gz": table()})
    write(place.folder, f"{MONTH}/5c1b/acme-Manifest.json", manifest([f"{MONTH}/5c1b/acme-2.csv.gz"]))

    assert "other files than" in refusal(place.land("aws_cur_legacy"))


def test_manifests_that_cannot_be_followed_are_refused(place: SimpleNamespace) -> None:
    key = f"{MONTH}/acme-1.csv.gz"
    write(place.folder, key, table())
    for keys, changes, message in (
        ([], {}, "no list of files"),
        ([key], {"compression": "ZIP"}, "GZIP or Parquet"),
        ([key, key], {}, "2 times"),
        (["elsewhere/acme-1.csv.gz"], {}, "outside the delivery's folder"),
        (["cur/acme/acme/year=2026/month=5/a.parquet"], {}, "outside the delivery's folder"),
        ([key], {"billingPeriod": {"start": "20260501T000000.000Z"}}, "2026-06, as the folder says"),
        ([key], {"header": HEADER[:-1]}, "9 columns; expected 8 columns"),
    ):
        write(place.folder, f"{MONTH}/acme-Manifest.json", manifest(keys, **changes))
        result = place.land("aws_cur_legacy")
        assert message in refusal(result)
        assert [found.billing_period for found in result.refusals] == ["2026-06"]


def test_a_column_that_is_gone_blocks_only_rows_that_need_it(place: SimpleNamespace) -> None:
    header = (*HEADER[:3], "lineItem/LineItemType")
    for kind, landed in (("Usage", 1), ("SavingsPlanCoveredUsage", 0)):
        rows = table((*ROW[:3], "Usage"), (*ROW[:3], kind), header=header)
        version(place.folder, f"20260702T06000{landed}Z", {"acme-1.csv.gz": rows}, header=header)
        result = place.land("aws_cur_legacy")
        assert len(result.receipts) == landed

    message = refusal(result)
    assert "row 2: savings_plan_savings_plan_effective_cost" in message
    assert "line_item_line_item_type SavingsPlanCoveredUsage" in message


def test_names_are_those_of_athena() -> None:
    assert column_names(
        ("savingsPlan/SavingsPlanARN", "pricing/publicOnDemandCost", "product/a b", "product/aB", "line_item_x")
    ) == (
        "savings_plan_savings_plan_a_r_n",
        "pricing_public_on_demand_cost",
        "product_a_b",
        "product/aB",
        "line_item_x",
    )


def test_both_reports_have_one_list_of_columns() -> None:
    assert declared_tables()["aws_cur_legacy"].columns == declared_tables()["aws_cur2"].columns

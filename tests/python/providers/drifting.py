"""Bills whose columns change from one month to the next: one appears, one disappears, and money changes its type.

April is as always, June has changed, and September has lost the column with the money.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.python.landing.conftest import aws_delivery, azure_run, write

AS_ALWAYS, CHANGED, WITHOUT_MONEY = "2026-04", "2026-06", "2026-09"
COSTS = {AS_ALWAYS: ("10.5", "-2.25"), CHANGED: ("20.125", "-4.000000000001"), WITHOUT_MONEY: ("1", "-1")}
NEW = "brand_new"

Row = dict[str, Any]


def total(month: str) -> Decimal:
    """What a month costs."""
    return sum((Decimal(cost) for cost in COSTS[month]), Decimal(0))


def drifted(rows: Sequence[Row], month: str, money: str, lost: str) -> list[Row]:
    """Return a month's rows with what became of their columns."""
    gone = {CHANGED: lost, WITHOUT_MONEY: money}.get(month)
    new = {NEW: "news"} if month == CHANGED else {}
    return [{name: value for name, value in row.items() if name != gone} | new for row in rows]


def aws(folder: Path, month: str) -> None:
    """CUR 2.0 as Parquet: the cost is a double, then text; SKUs disappear."""
    rows = [
        {
            "bill_payer_account_id": "444444444444",
            "bill_billing_period_start_date": f"{month}-01T00:00:00Z",
            "line_item_usage_account_id": "555555555555",
            "line_item_line_item_type": kind,
            "line_item_line_item_description": kind,
            "line_item_usage_start_date": f"{month}-02T00:00:00Z",
            "line_item_usage_end_date": f"{month}-02T01:00:00Z",
            "line_item_product_code": "AmazonEC2",
            "line_item_usage_type": "BoxUsage",
            "line_item_usage_amount": "1",
            "line_item_currency_code": "USD",
            "line_item_unblended_cost": cost,
            "line_item_unblended_rate": cost.lstrip("-"),
            "pricing_public_on_demand_cost": cost.lstrip("-"),
            "pricing_unit": "Hrs",
            "pricing_rate_code": "R",
            "product_sku": "S",
        }
        for kind, cost in zip(("Usage", "Credit"), COSTS[month], strict=True)
    ]
    rows = drifted(rows, month, "line_item_unblended_cost", "product_sku")
    aws_delivery(folder, {"acme-1.snappy.parquet": parquet(rows, month, "line_item_unblended_cost")}, period=month)


def azure(folder: Path, month: str) -> None:
    """Actual and amortised cost as Parquet: the cost is a double, then text; retail prices disappear."""
    year, number = month.split("-")
    rows = [
        {
            "SubscriptionId": "99999999-0000-4000-8000-000000000001",
            "SubscriptionName": "drifting",
            "Date": f"{number}/02/{year}",
            "MeterCategory": "Virtual Machines",
            "MeterId": "m-1",
            "MeterName": "D2s v3",
            "ProductName": "Virtual Machines",
            "UnitOfMeasure": "1 Hour",
            "Quantity": "1",
            "EffectivePrice": cost,
            "UnitPrice": cost,
            "PayGPrice": cost,
            "CostInBillingCurrency": cost,
            "ChargeType": kind,
            "Frequency": "UsageBased",
            "PricingModel": "OnDemand",
            "BillingAccountId": "8611009",
            "BillingAccountName": "Drifting Works",
            "BillingCurrencyCode": "USD",
            "BillingPeriodStartDate": f"{number}/01/{year}",
            "BillingPeriodEndDate": f"{number}/30/{year}",
            "PartNumber": "AAA-009",
        }
        for kind, cost in zip(("Usage", "RoundingAdjustment"), COSTS[month], strict=True)
    ]
    rows = drifted(rows, month, "CostInBillingCurrency", "PayGPrice")
    for export in ("ActualCost", "AmortizedCost"):
        azure_run(
            folder,
            {"part_0_0001.parquet": parquet(rows, month, "CostInBillingCurrency")},
            run=f"{export}-{month}",
            submitted=f"{month}-30T06:00:00Z",
            rows=[len(rows)],
            period=month,
            export=export.lower(),
            exportConfig={
                "type": export,
                "dataVersion": "2023-12-01-preview",
                "resourceId": "/providers/Microsoft.Billing/billingAccounts/8611009"
                f"/providers/Microsoft.CostManagement/exports/{export.lower()}",
            },
        )


def google(folder: Path, month: str) -> None:
    """The detailed export as JSON: the cost is a number, then text; costs at list prices disappear."""
    rows = [
        {
            "billing_account_id": "0D9D9D-0D9D9D-0D9D9D",
            "service": {"id": "6F81", "description": "Compute Engine"},
            "sku": {"id": "K9", "description": "N2 Instance Core"},
            "usage_start_time": f"{month}-02T10:00:00Z",
            "usage_end_time": f"{month}-02T11:00:00Z",
            "project": {"id": "drifting", "name": "Drifting"},
            "export_time": f"{month}-03 00:00:00 UTC",
            "cost": cost if month == CHANGED else float(cost),
            "cost_at_list": float(cost),
            "currency": "USD",
            "usage": {"amount": 1, "unit": "hour", "amount_in_pricing_units": 1, "pricing_unit": "hour"},
            "credits": [],
            "invoice": {"month": month.replace("-", "")},
            "cost_type": kind,
        }
        for kind, cost in zip(("regular", "adjustment"), COSTS[month], strict=True)
    ]
    rows = drifted(rows, month, "cost", "cost_at_list")
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    write(folder, f"costs/{month.replace('-', '')}03T041500Z-000000000000.json", content)


def parquet(rows: Sequence[Row], month: str, money: str) -> bytes:
    """Return rows as Parquet: texts, but for the money of a month that has not changed."""
    columns = {name: pa.array([row[name] for row in rows]) for name in rows[0]}
    if month != CHANGED and money in columns:
        columns[money] = pa.array([float(row[money]) for row in rows])
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


DRIFTING: dict[str, tuple[str, Callable[[Path, str], None], str, str]] = {
    "drifting-aws": ("aws_cur2", aws, "line_item_unblended_cost", "product_sku"),
    "drifting-azure": ("azure_cost_details", azure, "CostInBillingCurrency", "PayGPrice"),
    "drifting-google": ("gcp_detailed", google, "cost", "cost_at_list"),
}
"""Source → kind, writer of a month, the column with the money and the one that disappears."""

"""Deliveries too large or too binary for a fixture: a year of commitments, hour by hour, and reports as Parquet."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.python.providers.kubernetes import ocp_packages, opencost_deliveries

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
YEAR = dt.datetime(2026, 2, 1)
YEAR_END = dt.datetime(2027, 2, 1)
PLAN = "arn:aws:savingsplans::111111111111:savingsplan/year"
RESERVATION = "arn:aws:ec2:eu-west-1:111111111111:reserved-instances/year"
CONTRACT = "official-example"
_DOUBLES = re.compile(r"(?:UsageAmount|Cost|Quantity|Units|Fee|CommitmentToDate|UsedCommitment)$")


def months() -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """The months of the year: first instant, first instant after."""
    start = YEAR
    while start < YEAR_END:
        end = (start + dt.timedelta(days=32)).replace(day=1)
        yield start, end
        start = end


def hours(start: dt.datetime, end: dt.datetime) -> Iterator[tuple[dt.datetime, bool]]:
    """Each hour, and whether the commitments are used in it: every fourth is not."""
    while start < end:
        yield start, start.hour % 4 != 3
        start += dt.timedelta(hours=1)


def aws_commitment_year(folder: Path) -> None:
    """CUR 2.0, hour by hour: a savings plan of $1 an hour and a reservation of $24.20 an hour, a year, all upfront."""
    for start, end in months():
        rows = list(_aws_month(start, end))
        columns = sorted({name for row in rows for name in row})
        below = f"BILLING_PERIOD={start:%Y-%m}"
        _write(folder / f"year/data/{below}/year-1.csv", _csv(columns, rows))
        manifest = {"dataFiles": [f"s3://bucket/year/data/{below}/year-1.csv"]}
        _write(folder / f"year/metadata/{below}/year-Manifest.json", json.dumps(manifest))


def _aws_month(start: dt.datetime, end: dt.datetime) -> Iterator[dict[str, str]]:
    def row(kind: str, cost: str, at: dt.datetime, until: dt.datetime, **columns: str) -> dict[str, str]:
        return {
            "bill_payer_account_id": "111111111111",
            "bill_billing_period_start_date": f"{start:%Y-%m-%dT00:00:00Z}",
            "bill_billing_period_end_date": f"{end:%Y-%m-%dT00:00:00Z}",
            "bill_invoice_id": f"{start:%Y%m}",
            "line_item_usage_account_id": "222222222222",
            "line_item_line_item_type": kind,
            "line_item_line_item_description": kind,
            "line_item_usage_start_date": f"{at:%Y-%m-%dT%H:00:00Z}",
            "line_item_usage_end_date": f"{until:%Y-%m-%dT%H:00:00Z}",
            "line_item_product_code": "AmazonEC2",
            "line_item_usage_amount": "1",
            "line_item_currency_code": "USD",
            "line_item_unblended_cost": cost,
            "pricing_unit": "Hrs",
            "pricing_rate_code": "R",
        } | columns

    plan = {"savings_plan_savings_plan_a_r_n": PLAN}
    reservation = {"reservation_reservation_a_r_n": RESERVATION}
    hour = dt.timedelta(hours=1)
    if start == YEAR:
        yield row("SavingsPlanUpfrontFee", "8760", start, start + hour, **plan)
        yield row("Fee", "211992", start, start + hour, **reservation, reservation_total_reserved_units="8760")
    unused = 0
    for at, is_used in hours(start, end):
        used = {"savings_plan_total_commitment_to_date": "1", "savings_plan_used_commitment": str(int(is_used))}
        yield row("SavingsPlanRecurringFee", "0", at, at + hour, **plan, **used)
        unused += not is_used
        if is_used:
            rate = {"line_item_unblended_rate": "1.5", "pricing_public_on_demand_rate": "1.5"}
            rate |= {"pricing_public_on_demand_cost": "1.5", "savings_plan_savings_plan_effective_cost": "1"}
            yield row("SavingsPlanCoveredUsage", "1.5", at, at + hour, **plan, **rate, line_item_resource_id="i-1")
            yield row("SavingsPlanNegation", "-1.5", at, at + hour, **plan)
            rate = {"pricing_public_on_demand_rate": "36.30", "pricing_public_on_demand_cost": "36.30"}
            rate |= {"reservation_effective_cost": "24.20", "line_item_resource_id": "i-2"}
            yield row("DiscountedUsage", "0", at, at + hour, **reservation, **rate)
    yield row(
        "RIFee",
        "0",
        start,
        end,
        **reservation,
        line_item_unblended_rate="0",
        reservation_unused_quantity=str(unused),
        reservation_unused_recurring_fee="0",
        reservation_unused_amortized_upfront_fee_for_billing_period=str(unused * Decimal("24.20")),
        reservation_total_reserved_units=str((end - start) // hour),
    )


def focus_commitment_year(folder: Path) -> None:
    """FOCUS 1.4, as the specification's example: 211992 paid for a year of $24.20 an hour, used or not."""
    rows = []
    for start, end in months():
        common = {
            "BillingAccountId": "1",
            "BillingCurrency": "USD",
            "PricingCurrency": "USD",
            "BillingPeriodStart": f"{start:%Y-%m-%dT00:00:00Z}",
            "BillingPeriodEnd": f"{end:%Y-%m-%dT00:00:00Z}",
            "CommitmentDiscountId": CONTRACT,
            "CommitmentDiscountCategory": "Usage",
            "CommitmentDiscountType": "Reservation",
            "CommitmentDiscountUnit": "Hours",
            "InvoiceIssuerName": "Cloud",
            "ServiceProviderName": "Cloud",
            "HostProviderName": "Cloud",
            "ServiceCategory": "Compute",
            "ServiceSubcategory": "Virtual Machines",
            "ServiceName": "Machines",
            "SkuId": "S",
            "SkuPriceId": "P",
            "PricingUnit": "Hours",
        }
        if start == YEAR:
            rows.append(_focus_row(common, "Purchase", None, start, "211992", "0", "211992", "8760"))
        for at, is_used in hours(start, end):
            status = "Used" if is_used else "Unused"
            rows.append(_focus_row(common, "Usage", status, at, "0", "24.20", "36.30" if is_used else "24.20", "1"))
    columns = sorted({name for row in rows for name in row})
    _write(folder / "machines-20270201.csv", _csv(columns, rows))


def _focus_row(
    common: dict[str, str],
    category: str,
    status: str | None,
    at: dt.datetime,
    billed: str,
    effective: str,
    listed: str,
    quantity: str,
) -> dict[str, str]:
    price = str(Decimal(listed) / Decimal(quantity))
    return common | {
        "ChargeCategory": category,
        "ChargeFrequency": "Usage-Based" if status else "One-Time",
        "ChargeDescription": f"{status or 'Purchase'} {CONTRACT}",
        "ChargePeriodStart": f"{at:%Y-%m-%dT%H:00:00Z}",
        "ChargePeriodEnd": f"{at + dt.timedelta(hours=1):%Y-%m-%dT%H:00:00Z}",
        "CommitmentDiscountStatus": status or "",
        "CommitmentDiscountQuantity": quantity,
        "ConsumedQuantity": quantity if status == "Used" else "",
        "ConsumedUnit": "Hours" if status == "Used" else "",
        "PricingCategory": "Committed" if status else "Standard",
        "PricingQuantity": quantity,
        "BilledCost": billed,
        "EffectiveCost": effective,
        "PricingCurrencyEffectiveCost": effective,
        "ListCost": listed,
        "ContractedCost": listed,
        "ListUnitPrice": price,
        "ContractedUnitPrice": price,
        "ResourceId": "i-1" if status == "Used" else CONTRACT,
        "ResourceType": "instance" if status == "Used" else "commitment",
    }


def aws_reports_for_athena(folder: Path) -> None:
    """The legacy fixture's months as AWS writes them for Athena: Parquet, names in snake case, numbers as doubles."""
    fixture = FIXTURES / "aws_cur_legacy" / "data" / "cur" / "halden"
    for manifest in fixture.glob("*/halden-Manifest.json"):
        content = json.loads(manifest.read_text())
        month = dt.datetime.strptime(content["billingPeriod"]["start"][:6], "%Y%m")
        keys = []
        for key in content["reportKeys"]:
            file = FIXTURES / "aws_cur_legacy" / "data" / key
            name = f"halden/halden/year={month.year}/month={month.month}/{file.stem}.snappy.parquet"
            rows = list(csv.DictReader(io.StringIO(file.read_text())))
            columns = {_athena_name(column): _typed(column, [row[column] for row in rows]) for column in rows[0]}
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.table(columns), target)
            keys.append(name)
        content |= {"contentType": "Parquet", "compression": "Parquet", "reportKeys": keys, "columns": []}
        _write(folder / "halden" / manifest.parent.name / "halden-Manifest.json", json.dumps(content))


def aws_focus_as_parquet(folder: Path) -> None:
    """The months of the FOCUS fixture as AWS writes Parquet: tags as a map, numbers as doubles."""
    fixture = FIXTURES / "aws_focus" / "data"
    for file in fixture.rglob("*.csv"):
        rows = list(csv.DictReader(io.StringIO(file.read_text())))
        columns: dict[str, pa.Array] = {}
        for column in rows[0]:
            values = [row[column] or None for row in rows]
            if column == "Tags":
                maps = [list(json.loads(value or "{}").items()) for value in values]
                columns[column] = pa.array(maps, pa.map_(pa.string(), pa.string()))
            elif column.endswith(("Cost", "Price", "Quantity")):
                columns[column] = pa.array([float(value) if value else None for value in values], pa.float64())
            else:
                columns[column] = pa.array(values, pa.string())
        target = (folder / file.relative_to(fixture)).with_suffix(".snappy.parquet")
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), target)
        export, period = file.parts[-5], file.parent.parent.name
        uri = f"s3://bucket/{target.relative_to(folder).as_posix()}"
        _write(folder / export / "metadata" / period / "a-Manifest.json", json.dumps({"dataFiles": [uri]}))


def _athena_name(column: str) -> str:
    words = re.sub(r"[^A-Za-z0-9]", "_", re.sub(r"(?<![A-Z_/:])(?=[A-Z])|(?<=[A-Z])(?=[A-Z])", "_", column))
    return re.sub(r"_+", "_", words).lower()


def _typed(column: str, values: list[str]) -> pa.Array:
    if column.endswith(("StartDate", "EndDate")):
        times = [
            dt.datetime.fromisoformat(value.replace(".000Z", "").rstrip("Z")) if value else None for value in values
        ]
        return pa.array(times, pa.timestamp("ms"))
    if _DOUBLES.search(column):
        return pa.array([float(value) if value else None for value in values], pa.float64())
    return pa.array([value or None for value in values], pa.string())


def _csv(columns: list[str], rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


GENERATED: dict[str, tuple[str, Callable[[Path], None]]] = {
    "aws-commitment-year": ("aws_cur2", aws_commitment_year),
    "focus-commitment-year": ("focus", focus_commitment_year),
    "aws-reports-for-athena": ("aws_cur_legacy", aws_reports_for_athena),
    "aws-focus-as-parquet": ("aws_focus", aws_focus_as_parquet),
    "opencost": ("opencost", opencost_deliveries),
    "ocp-report": ("ocp_report", ocp_packages),
}

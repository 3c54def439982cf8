"""What the company negotiated with two of its clouds: commitments that no export tells of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestration.sample.calendar import Calendar
from orchestration.sample.deliveries import write_rows
from orchestration.sample.providers import aws, azure

_HEADER = [
    "contract_id", "commitment_id", "issuer", "service_provider", "billing_account_id", "category", "type",
    "description", "period_start", "period_end", "contract_start", "contract_end", "cost", "currency", "quantity",
    "unit", "payment_model", "payment_interval", "discount_share",
]  # fmt: skip


def write_contracts(folder: Path, calendar: Calendar, amazon: aws.AmazonBill, microsoft: azure.MicrosoftBill) -> Any:
    """Write the contracts; returns, for the truth, which charges draw each of them down.

    A commitment to spend counts the usage and purchases of its issuer, provider and account, less what of them is taken
    back; neither taxes, credits and discounts, nor what other sellers offer in the marketplace.
    """
    first = calendar.months[0].first
    start, end = first.replace(month=1, day=1), first.replace(year=first.year + 3, month=1, day=1)
    mid = start.replace(year=start.year + 1)

    def row(**cells: str) -> list[str]:
        return [cells.get(column, "") for column in _HEADER]

    span = {"contract_start": start.isoformat(), "contract_end": end.isoformat()}
    agreement = {
        **span, "contract_id": "EDP-2026", "issuer": aws.ISSUER, "service_provider": "AWS",
        "billing_account_id": amazon.payer.account_id, "category": "Spend", "type": "Private Pricing Agreement",
        "currency": aws.CURRENCY, "payment_model": "No Upfront", "payment_interval": "Monthly",
        "discount_share": "0.06",
    }  # fmt: skip
    rows = [
        row(**agreement, commitment_id="EDP-2026-Y1", description="First year of three", cost="11000000",
            period_start=start.isoformat(), period_end=mid.isoformat()),
        row(**agreement, commitment_id="EDP-2026-Y2", description="Second year of three", cost="13500000",
            period_start=mid.isoformat(), period_end=mid.replace(year=mid.year + 1).isoformat()),
        row(**span, contract_id="MACC-8841", commitment_id="MACC-8841", issuer=azure.ISSUER,
            service_provider="Microsoft", billing_account_id=microsoft.billing_account, category="Spend",
            type="Microsoft Azure Consumption Commitment", cost="14000000", currency=azure.CURRENCY,
            period_start=start.isoformat(), period_end=end.isoformat(), payment_model="No Upfront",
            payment_interval="Monthly"),
    ]  # fmt: skip
    write_rows(folder / "negotiated.csv", _HEADER, rows)
    return [
        _counted("EDP-2026-Y1", aws.SOURCE_ID, {"tax", "credit", "edp_discount", "marketplace"}),
        _counted("MACC-8841", azure.SOURCE_ID, {"marketplace", "rounding"}),
    ]


def _counted(commitment_id: str, source_id: str, without: set[str]) -> Mapping[str, Any]:
    return {"commitment_id": commitment_id, "source_id": source_id, "kinds_that_do_not_count": sorted(without)}

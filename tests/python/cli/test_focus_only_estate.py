"""An estate of FOCUS files of three providers in three versions: nothing of a provider is configured, totals exact."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from .conftest import Finished, tieout

MONTH = {"BillingPeriodStart": "2026-06-01T00:00:00Z", "BillingPeriodEnd": "2026-07-01T00:00:00Z"}
DAY = {"ChargePeriodStart": "2026-06-02T00:00:00Z", "ChargePeriodEnd": "2026-06-03T00:00:00Z"}
COMMON = {
    "BillingAccountId": "a-1",
    "BillingAccountName": "Main",
    "BillingCurrency": "USD",
    "ChargeCategory": "Usage",
    "ChargeDescription": "hours",
    "ChargeFrequency": "Usage-Based",
    "ServiceCategory": "Compute",
    "SkuId": "s",
    "SkuPriceId": "p",
    "PricingCategory": "Standard",
    "PricingUnit": "Hours",
    "ConsumedUnit": "Hours",
    **MONTH,
    **DAY,
}


def charge(billed: str, effective: str, price: str, quantity: str, **columns: str) -> dict[str, str]:
    """A charge whose list and contracted cost are price times quantity."""
    cost = str(Decimal(price) * Decimal(quantity))
    return {
        **COMMON,
        "BilledCost": billed,
        "EffectiveCost": effective,
        "ListCost": cost,
        "ContractedCost": cost,
        "ListUnitPrice": price,
        "ContractedUnitPrice": price,
        "PricingQuantity": quantity,
        "ConsumedQuantity": quantity,
        **columns,
    }


# 1.0, with nulls as words and times without zone
AWS = [
    {**row, "ProviderName": "AWS", "PublisherName": "AWS", "InvoiceIssuerName": "Amazon Web Services, Inc."}
    | {key: row[key].replace("T", " ").rstrip("Z") for key in (*MONTH, *DAY)}
    for row in (
        charge("10", "10", "5", "2", ServiceName="AmazonEC2", ChargeClass="NULL", Tags='{"team":"web"}'),
        charge("0.1", "0.1", "0.1", "1", ServiceName="AmazonS3", ChargeClass="NULL", Tags="{}"),
        charge("0.2", "0.2", "0.1", "2", ServiceName="AmazonS3", ChargeClass="NULL", Tags="NULL"),
    )
]
# 1.2, with an invoice and braceless tags
MICROSOFT = [
    charge(
        billed,
        effective,
        "2.5",
        "2",
        ProviderName="Microsoft",
        PublisherName="Microsoft",
        InvoiceIssuerName="Microsoft",
        InvoiceId="G1",
        PricingCurrency="USD",
        BillingAccountType="Billing Profile",
        ServiceName="Virtual Machines",
        Tags='"team": "web"',
    )
    for billed, effective in (("5", "5"), ("0", "4.5"))
]
# 1.4, of a marketplace seller on Google Cloud
SELLER = [
    charge(
        "7E0",
        "7.000000000001",
        "7",
        "1",
        ServiceProviderName="Sensible Search Ltd",
        HostProviderName="Google Cloud",
        InvoiceIssuerName="Google Cloud",
        InvoiceId="I1",
        InvoiceDetailId="1",
        PricingCurrency="USD",
        PricingCurrencyEffectiveCost="7.000000000001",
        ServiceName="Search",
        Tags='{"team":"data"}',
    )
]
EXPECTED = {
    "AWS": (3, Decimal("10.3"), Decimal("10.3"), Decimal("10.3")),
    "Microsoft": (2, Decimal("5"), Decimal("9.5"), Decimal("10")),
    "Sensible Search Ltd": (1, Decimal("7"), Decimal("7.000000000001"), Decimal("7")),
}


def write(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, Path]:
    root = tmp_path_factory.mktemp("focus-only")
    write(root / "exports" / "aws" / "costs-20260703.csv", AWS)
    write(root / "exports" / "azure" / "part-1.csv", MICROSOFT)
    write(root / "exports" / "marketplace.csv", SELLER)
    (root / "estate.yml").write_text(
        "reporting_currency: USD\nsources:\n  - {id: clouds, kind: focus, location: ./exports}\n"
    )
    return tieout("run", "--estate", root / "estate.yml", "--json", home=root / "home"), root


def test_one_source_of_kind_focus_publishes_three_providers_to_the_last_digit(run: tuple[Finished, Path]) -> None:
    finished, _ = run

    assert finished.code == 0, finished.err
    (period,) = finished.json()["periods"]
    assert (period["billing_period"], period["status"]) == ("2026-06", "published")
    with duckdb.connect(period["published"]["database"], read_only=True) as reader:
        found = reader.execute(
            "select ServiceProviderName, count(*), sum(BilledCost), sum(EffectiveCost), sum(ListCost) "
            "from finance.focus_cost_and_usage group by 1"
        ).fetchall()
        versions = reader.execute(
            "select ServiceProviderName, min(regexp_extract(x_source_changes, 'focus_version_[0-9_]+')) "
            "from finance.focus_cost_and_usage group by 1 order by 1"
        ).fetchall()
        owners = reader.execute(
            "select domain_id, sum(effective_cost) from finance.fct_chargeback group by 1"
        ).fetchall()
    assert {name: tuple(figures) for name, *figures in found} == EXPECTED
    assert versions == [
        ("AWS", "focus_version_1_0"),
        ("Microsoft", "focus_version_1_2"),
        ("Sensible Search Ltd", ""),
    ]
    assert owners == [("unallocated", Decimal("26.800000000001"))], (
        "no policy: everything is unallocated, nothing is lost"
    )


def test_a_new_column_is_told_and_a_bad_file_keeps_the_month_as_it_was(run: tuple[Finished, Path]) -> None:
    _, root = run
    write(root / "exports" / "aws" / "costs-20260703.csv", [{**row, "x_New": "news"} for row in AWS])
    write(root / "exports" / "marketplace.csv", [{**row, "BilledCost": "1,234.50"} for row in SELLER])

    finished = tieout("run", "--estate", root / "estate.yml", home=root / "home")
    status = tieout("status", "--estate", root / "estate.yml", home=root / "home")

    assert finished.code == 2
    assert "marketplace.csv, row 1: BilledCost" in finished.out + finished.err
    assert "'1,234.50'" in finished.out + finished.err
    assert "2026-06 clouds: columns new: x_New" in status.out

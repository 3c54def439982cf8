"""Azure's two cost datasets as one delivery, in every column set; and lines of invoices, as the project has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.errors import DeliveryRefused
from orchestration.estate import Source
from orchestration.home import Home
from orchestration.landing import LandingResult, land_source
from orchestration.landing.kinds import invoice_lines
from tests.python.landing.conftest import azure_run, refusal, write

EA = "Date,CostInBillingCurrency,BillingCurrencyCode,Quantity,ChargeType,BillingPeriodStartDate,BillingPeriodEndDate"


def row(cost: str = "1.5", date: str = "6/1/2026", currency: str = "EUR", end: str = "06/30/2026") -> str:
    return f'{date},"{cost}",{currency},1,Usage,06/01/2026,{end}'


def export(*rows: str, header: str = EA) -> bytes:
    return "\n".join([header, *(rows or (row(),)), ""]).encode()


def run(folder: Path, data_set: str, content: bytes, submitted: str = "2026-06-02", run: str = "a") -> None:
    azure_run(
        folder,
        {"part_0_0001.csv": content},
        run=f"{data_set}-{run}",
        submitted=submitted,
        export=data_set.lower(),
        exportConfig={
            "type": data_set,
            "resourceId": f"/subscriptions/S1/providers/Microsoft.CostManagement/exports/{data_set}",
        },
    )


@pytest.fixture
def land(tmp_path: Path) -> Any:
    def landing(kind: str = "azure_cost_details", folder: Path = tmp_path / "exports") -> LandingResult:
        return land_source(Source(id="main", kind=kind, location=str(folder)), Home.of(tmp_path / "home"))

    return landing


def test_both_datasets_are_one_delivery_whose_cash_is_the_actual_cost(tmp_path: Path, land: Any) -> None:
    folder = tmp_path / "exports"
    run(folder, "ActualCost", export(row("9")), run="old")
    run(folder, "ActualCost", export(row("3"), row("4")), submitted="2026-06-03")
    run(folder, "AmortizedCost", export(row("5"), row("6"), row("7")))

    (receipt,) = land().receipts

    assert (receipt.billing_period, receipt.scope) == ("2026-06", "/subscriptions/s1")
    assert (receipt.row_count, receipt.declared_row_count, receipt.billed_cost) == (5, 5, 7)
    assert "data_set" not in receipt.drift.absent


def test_landing_the_same_runs_again_does_nothing_and_a_newer_one_replaces_the_month(tmp_path: Path, land: Any) -> None:
    folder = tmp_path / "exports"
    run(folder, "ActualCost", export(row("3")))
    run(folder, "AmortizedCost", export(row("3")))
    first = land()
    again = land()
    run(folder, "AmortizedCost", export(row("2")), submitted="2026-06-09", run="b")
    newer = land()

    assert [len(result.receipts) for result in (first, again, newer)] == [1, 0, 1]
    assert newer.receipts[0].delivery_id != first.receipts[0].delivery_id


@pytest.mark.parametrize(("given", "missing"), [("ActualCost", "AmortizedCost"), ("AmortizedCost", "ActualCost")])
def test_one_dataset_without_the_other_is_refused_for_its_month(
    given: str, missing: str, tmp_path: Path, land: Any
) -> None:
    run(tmp_path / "exports", given, export())

    result = land()

    assert f"found {given} of 2026-06 for /subscriptions/s1, and no {missing}" in refusal(result)
    assert result.refusals[0].billing_period == "2026-06"


def test_usage_of_a_pay_as_you_go_account_stands_alone(tmp_path: Path, land: Any) -> None:
    header = "SubscriptionGuid,UsageDateTime,UsageQuantity,ResourceRate,PreTaxCost,Currency,UnitOfMeasure"
    run(tmp_path / "exports", "Usage", export("s,2026-06-01,24,0.05,1.2,USD,1 Hour", header=header))

    (receipt,) = land().receipts

    assert (str(receipt.billed_cost), receipt.currencies) == ("1.200000000000", ("USD",))


@pytest.mark.parametrize(
    "header",
    [
        EA.lower(),
        "date,Cost,BillingCurrency,quantity,chargeType,billingPeriodStartDate,billingPeriodEndDate",
        "\ufeffDatum (Date),Kosten (Cost),Währung (BillingCurrency),Menge (Quantity),ChargeType,"
        "Anfang (BillingPeriodStartDate),Ende (BillingPeriodEndDate)",
    ],
)
def test_names_may_be_of_any_contract_case_and_language(header: str, tmp_path: Path, land: Any) -> None:
    for data_set in ("ActualCost", "AmortizedCost"):
        run(tmp_path / "exports", data_set, export(row("2.5"), header=header))

    (receipt,) = land().receipts

    assert (str(receipt.billed_cost), receipt.currencies) == ("2.500000000000", ("EUR",))
    assert receipt.drift.undeclared == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (export(row("1,50")), "part_0_0001.csv, row 1: CostInBillingCurrency: found '1,50'"),
        (export(row(), row("1,234.50")), "row 2: CostInBillingCurrency: found '1,234.50'"),
        (export(row(date="31/12/2026")), "row 1: Date: found '31/12/2026'; expected a time such as"),
        (export(row(), row(date="yesterday")), "row 2: Date: found 'yesterday'"),
        (export(row(currency="EURO")), "row 1: BillingCurrency: found 'EURO'"),
        (export(row(end="05/31/2026")), "row 1: BillingPeriodEndDate"),
        (
            export(row() + ",2", header=EA + ",PreTaxCost"),
            "found the columns CostInBillingCurrency and PreTaxCost, which both mean CostInBillingCurrency",
        ),
        (
            export(row() + ",2026-06-01", header=EA + ",Datum (UsageDateTime)"),
            "found the columns Date and Datum (UsageDateTime), which both mean Date",
        ),
        (export("1/6/2026,EUR", header="Date,BillingCurrency"), "found no money column CostInBillingCurrency"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_and_row(
    content: bytes, message: str, tmp_path: Path, land: Any
) -> None:
    run(tmp_path / "exports", "ActualCost", export())
    run(tmp_path / "exports", "AmortizedCost", content)

    assert message in refusal(land())


LINES = (
    "issuer,invoice_id,line_id,billing_account_id,billing_period,currency,charge_category,description,amount,charge_end"
)
LINE = "Microsoft,G-1,1,acct,2026-06,EUR,Tax,VAT,19,"


def test_lines_of_invoices_land_by_their_month(tmp_path: Path, land: Any) -> None:
    write(
        tmp_path / "exports", "microsoft-20260702.csv", f"{LINES}\n{LINE}\n{LINE}\n".replace("1,acct", ",acct").encode()
    )
    write(tmp_path / "exports", "microsoft-20260601.csv", f"{LINES}\n{LINE.replace('19', '18')}\n".encode())

    (receipt,) = land("invoice_lines").receipts

    assert (receipt.billing_period, receipt.row_count, receipt.billed_cost) == ("2026-06", 2, 38)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (LINE.replace("Tax", "Fee"), "lines.csv:2: charge_category: found 'Fee'; expected one of Tax, Purchase"),
        (LINE.replace("Tax", "Usage"), "lines.csv:2: charge_category: found 'Usage'"),
        (LINE.replace("Tax", "Credit"), "lines.csv:2: amount: found '19'; expected a credit, which is negative"),
        (LINE.replace("19", '"1,9"'), "lines.csv:2: amount: found '1,9'"),
        (LINE.replace("2026-06", "June"), "lines.csv:2: billing_period: found 'June'"),
        (LINE.replace("EUR", "eur"), "lines.csv:2: currency: found 'eur'"),
        (LINE.replace("acct", ""), "lines.csv:2: billing_account_id: found nothing"),
        (LINE + "2026-06-01", "lines.csv:2: charge_end: found '2026-06-01'; expected a day after 2026-06-01"),
        (f"{LINE}\n{LINE}", "lines.csv:3: line_id: found '1'; expected a line of its own; line 2 has it already"),
        (LINE + ",more", "lines.csv:2: found 11 values"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_with_its_line(line: str, message: str) -> None:
    with pytest.raises(DeliveryRefused) as error:
        invoice_lines.to_rows("lines.csv", f"{LINES}\n{line}\n".encode())

    assert message in str(error.value)


def test_lines_need_their_columns() -> None:
    with pytest.raises(DeliveryRefused, match="no column amount"):
        invoice_lines.to_rows(
            "lines.csv",
            b"issuer,invoice_id,billing_account_id,billing_period,currency,"
            b"charge_category,description\nM,,a,2026-06,EUR,Tax,VAT\n",
        )

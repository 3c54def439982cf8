"""Contract Commitment, Invoice Detail and Billing Period, and what charges say of both: from charges and documents."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from orchestration.exporting import focus_columns
from tests.conformance import json_objects
from tests.python.providers.conftest import Built

MODELS = {
    "CostAndUsage": "focus_cost_and_usage",
    "ContractCommitment": "focus_contract_commitment",
    "InvoiceDetail": "focus_invoice_detail",
    "BillingPeriod": "focus_billing_period",
}
_TYPES = {"text": "VARCHAR", "json": "VARCHAR", "decimal": "DECIMAL(38,12)", "date_time": "TIMESTAMP"}


@pytest.mark.parametrize("dataset", MODELS)
def test_every_column_of_a_dataset_is_there_with_its_type(dataset: str, built: Built) -> None:
    found = {row[0]: row[1] for row in built.query(f"describe finance.{MODELS[dataset]}")}

    assert {column.name: _TYPES[column.data_type] for column in focus_columns("1.4", dataset)}.items() <= found.items()


@pytest.mark.parametrize("dataset", MODELS)
def test_the_rules_of_a_dataset_were_looked_at(dataset: str, built: Built) -> None:
    rules = built.query(
        "select column_name, rule, sum(actual) from audit.audit_focus_rules where dataset = $1 group by all", dataset
    )
    never_null = {column.name for column in focus_columns("1.4", dataset) if not column.is_nullable}
    listed = {column.name for column in focus_columns("1.4", dataset) if column.allowed_values}

    assert {column for column, rule, _ in rules if rule == "is never null"} >= never_null
    assert {column for column, rule, _ in rules if rule == "is one of the allowed values"} >= listed


@pytest.mark.parametrize("column", json_objects.columns())
def test_objects_satisfy_their_schema(column: str, built: Built) -> None:
    model = MODELS[json_objects.dataset_of(column)]
    rows = built.query(f"select distinct {column} from finance.{model} where {column} is not null")

    assert json_objects.findings(column, (text for (text,) in rows)) == []


def commitment(built: Built, commitment_id: str, period: str = "2026-02") -> dict[str, Any]:
    names = [row[0] for row in built.query("describe finance.focus_contract_commitment")]
    (row,) = built.query(
        "select * from finance.focus_contract_commitment where ContractCommitmentId = $1 and x_billing_period = $2",
        commitment_id,
        period,
    )
    return dict(zip(names, row, strict=True))


def test_a_commitment_discount_is_known_from_its_charges(built: Built) -> None:
    found = commitment(built, "cd-year")

    assert found["ContractCommitmentCost"] == 211992
    assert found["ContractCommitmentQuantity"] is found["ContractCommitmentUnit"] is None
    assert str(found["ContractCommitmentPeriodStart"]) == "2026-02-01 00:00:00"
    assert str(found["ContractCommitmentPeriodEnd"]) == "2027-02-01 00:00:00"
    assert found["ContractCommitmentDurationType"] == "1 Year"
    assert found["ContractCommitmentPaymentModel"] == "All Upfront"
    assert found["ContractCommitmentPaymentUpfrontPercentage"] == 1
    assert found["ContractCommitmentLifecycleStatus"] == "Active"
    assert (found["x_used_cost"], found["x_unused_cost"]) == (Decimal("24.2"), Decimal("24.2"))
    assert json.loads(found["x_source_changes"]) == ["scope_not_in_bill"]


def test_the_parts_of_a_commitment_are_what_it_cost_once_its_term_is_over(built: Built) -> None:
    found = built.query(
        "select commitment_id, expected, actual, difference, ties from audit.audit_commitments "
        "where source_id = 'focus' and billing_period = '2026-02' order by commitment_id"
    )

    assert found == [("cd-month", 100, 100, 0, True), ("cd-year", 211992, Decimal("48.4"), Decimal("-211943.6"), None)]


def test_a_subscription_is_a_commitment_to_its_seats(built: Built) -> None:
    found = commitment(built, "MS-1/Microsoft 365 E3/2024-02-10", "2024-03")

    assert (found["ContractId"], found["ContractCommitmentCategory"]) == ("MS-1", "Usage")
    assert (found["ContractCommitmentQuantity"], found["ContractCommitmentUnit"]) == (2900, "Seat-Days")
    assert found["ContractCommitmentCost"] == 3337
    assert found["ContractCommitmentDurationType"] == "1 Month"
    ((applied,),) = built.query(
        """
        select sum(cast(ContractApplied ->> '$.Elements[0].AppliedQuantity' as decimal(38, 12)))
        from finance.focus_cost_and_usage
        where ContractApplied ->> '$.Elements[0].ContractCommitmentId' = $1
        """,
        "MS-1/Microsoft 365 E3/2024-02-10",
    )
    assert applied == 2900


def test_a_negotiated_commitment_is_as_its_file_says(built: Built) -> None:
    found = commitment(built, "EA-1/shop")

    assert (found["ContractId"], found["ContractCommitmentOfferCategory"]) == ("EA-1", "Negotiated")
    assert found["ContractCommitmentPaymentUpfrontPercentage"] == Decimal("0.25")
    assert found["ContractCommitmentDurationType"] == "2 Years"
    assert "acct-shop" in found["ContractCommitmentApplicability"]
    assert commitment(built, "GPU-1/a")["ContractCommitmentUnit"] == "GPU-Hours"
    assert commitment(built, "GPU-1/a")["ContractCommitmentDurationType"] == "45 Days"


def test_charges_name_every_commitment_that_they_draw_down(built: Built) -> None:
    rows = built.charges("focus", "ContractApplied", order="x_source_row")
    applied = [
        {element["ContractCommitmentId"]: element for element in json.loads(text)["Elements"]} if text else {}
        for (text,) in rows
    ]

    # the shop's own agreement begins on the second; unused parts, and tax, draw down nothing of the discount
    assert [sorted(elements) for elements in applied] == [
        ["EA-1/2026"],
        ["EA-1/2026", "cd-year"],
        ["EA-1/2026"],
        ["EA-1/2026"],
        ["EA-1/2026", "cd-month"],
        ["EA-1/2026", "EA-1/shop"],
        ["EA-1/2026", "EA-1/shop"],
        ["EA-1/2026"],
        [],
    ]
    assert applied[1]["cd-year"]["AppliedCost"] == 24.2
    assert (applied[4]["cd-month"]["AppliedQuantity"], applied[4]["cd-month"]["AppliedUnit"]) == (504, "Hours")
    assert applied[6]["EA-1/shop"]["AppliedCost"] == 50.004


def lines(built: Built, where: str) -> list[tuple[Any, ...]]:
    return built.query(
        "select InvoiceId, InvoiceDetailId, ChargeCategory, BilledCost, x_charge_count, InvoiceIssueStatus, "
        f"x_source_changes from finance.focus_invoice_detail where {where} order by InvoiceId, InvoiceDetailId"
    )


def test_lines_of_an_invoice_are_charges_as_paid_and_what_is_left(built: Built) -> None:
    assert lines(built, "x_billing_period = '2026-02' and InvoiceIssuerName = 'Cloudy'") == [
        ("C-0", "C-0/Total", "Usage", 5, 0, "Voided", None),
        ("C-1", "C-1/Purchase", "Purchase", 212092, 2, "Issued", None),
        ("C-1", "C-1/Remainder", "Adjustment", Decimal("0.01"), 0, "Issued", None),
        ("C-1", "C-1/Tax", "Tax", 10, 1, "Issued", None),
        ("C-1", "C-1/Usage", "Usage", 57, 6, "Issued", None),
    ]


def test_tax_that_is_not_among_the_charges_comes_from_the_document(built: Built) -> None:
    assert lines(built, "InvoiceId = 'INV-9'") == [
        ("INV-9", "INV-9/Purchase", "Purchase", 3337, 1, "Issued", None),
        ("INV-9", "INV-9/Tax", "Tax", Decimal("634.03"), 0, "Issued", None),
    ]


def test_an_open_invoice_without_a_number_has_the_accounts_charges(built: Built) -> None:
    found = lines(built, "InvoiceIssuerName = 'OpenAI' and x_billing_period = '2026-05'")

    assert {row[0] for row in found} == {"org-halden/2026-05"}
    assert sum(row[3] for row in found) == Decimal("9.5")
    assert {(row[5], row[6]) for row in found} == {("Open", '["invoice_number_not_given"]')}


def test_a_number_without_a_document_has_the_lines_that_were_charged(built: Built) -> None:
    assert lines(built, "InvoiceId = 'INV-10'") == [
        ("INV-10", "INV-10/Purchase", "Purchase", 30, 1, "Issued", '["no_invoice_document"]')
    ]


def test_charges_name_their_line(built: Built) -> None:
    ((unknown,),) = built.query(
        """
        select count(*)
        from finance.focus_cost_and_usage as charges
        left join finance.focus_invoice_detail as lines
            on charges.InvoiceIssuerName = lines.InvoiceIssuerName and charges.InvoiceDetailId = lines.InvoiceDetailId
        where charges.InvoiceId is not null and lines.InvoiceDetailId is null
        """
    )
    assert unknown == 0


def test_a_billing_period_is_closed_by_its_invoices(built: Built) -> None:
    found = built.query(
        """
        select InvoiceIssuerName, x_billing_period, BillingPeriodStatus, cast(BillingPeriodLastUpdated as varchar)
        from finance.focus_billing_period
        where (InvoiceIssuerName, x_billing_period) in (('Cloudy', '2026-02'), ('OpenAI', '2026-05'))
        order by 1
        """
    )
    assert [row[:3] for row in found] == [("Cloudy", "2026-02", "Closed"), ("OpenAI", "2026-05", "Open")]
    assert found[0][3] == "2026-03-03 00:00:00"

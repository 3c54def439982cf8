"""When a period is stale, which refusals concern it, and when it is open: nothing here touches a file."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from orchestration.errors import ConfigurationError, DeliveryRefused
from orchestration.estate import Source
from orchestration.landing.invoices import INVOICES, Invoice
from orchestration.landing.receipts import Drift, Receipt
from orchestration.runs.automation import is_open
from orchestration.runs.planning import PeriodPlan, Plan, Versions, concerns, fingerprint, months_to_land

VERSIONS = Versions(policy_revision="p", code_version="c", reporting_currency="USD")


def receipt(*, cost_column: str | None = "BilledCost", is_final: bool | None = None) -> Receipt:
    return Receipt(
        delivery_id="0123456789ab",
        source_id="azure-main",
        kind="azure_focus",
        billing_period="2026-10",
        scope="",
        delivered_at=dt.datetime(2026, 11, 2),
        manifest=None,
        files=(),
        row_count=1,
        declared_row_count=1,
        cost_column=cost_column,
        billed_cost=Decimal(1),
        currencies=("USD",),
        found_columns=(),
        landed_columns=(),
        drift=Drift(),
        is_final=is_final,
    )


def invoice(number: str, period: str = "2026-10", total: str = "10") -> Invoice:
    return Invoice(
        issuer="Microsoft",
        invoice_id=number,
        billing_account_id="a",
        billing_period=period,
        currency="USD",
        subtotal=None,
        tax=None,
        total=Decimal(total),
        issued_on=None,
        status="open",
    )


def refusal(period: str | None) -> DeliveryRefused:
    found = DeliveryRefused("manifest.json", found="x", expected="y", cure="z")
    found.billing_period = period
    return found


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({"delivery_ids": ["b", "a"]}, True),
        ({"delivery_ids": ["a", "c"]}, False),
        ({"delivery_ids": ["a"]}, False),
        ({"invoices": "j"}, False),
        ({"versions": Versions("q", "c", "USD")}, False),
        ({"versions": Versions("p", "d", "USD")}, False),
        ({"versions": Versions("p", "c", "EUR")}, False),
    ],
)
def test_a_fingerprint_changes_with_every_input_and_not_with_order(change, is_same):
    inputs = {"delivery_ids": ["a", "b"], "invoices": "i", "versions": VERSIONS}
    assert (fingerprint(**inputs) == fingerprint(**{**inputs, **change})) is is_same


def test_invoices_of_other_periods_and_their_order_do_not_matter():
    here = [invoice("1"), invoice("2")]
    same = [invoice("2"), invoice("9", "2026-09"), invoice("1")]
    assert INVOICES.revision(here, "2026-10") == INVOICES.revision(same, "2026-10")
    assert INVOICES.revision(here, "2026-10") != INVOICES.revision([invoice("1"), invoice("2", total="11")], "2026-10")


@pytest.mark.parametrize(("period", "is_concerned"), [("2026-10", True), ("2026-09", False), (None, True)])
def test_a_refusal_concerns_its_period_or_all_if_nobody_can_tell(period, is_concerned):
    assert concerns(refusal(period), "2026-10") is is_concerned


@pytest.mark.parametrize(("period", "is_concerned"), [("2026-11", False), ("2026-09", True), ("2026-08", False)])
def test_a_refusal_of_a_month_that_drivers_look_at_concerns_the_period(period, is_concerned):
    assert concerns(refusal(period), "2026-10", months_back=1) is is_concerned


@pytest.mark.parametrize(
    ("kind", "months_back", "months"),
    [
        ("focus", 0, ["2026-10"]),
        ("focus", 2, ["2026-08", "2026-09", "2026-10"]),
        ("driver_usage", 0, ["2026-09", "2026-10", "2026-11"]),
        ("driver_usage", 2, ["2026-08", "2026-09", "2026-10", "2026-11"]),
    ],
)
def test_bills_are_landed_where_drivers_look_and_usage_on_either_side_too(kind, months_back, months):
    source = Source(id="any", kind=kind, location=".")
    assert months_to_land(source, "2026-10", months_back) == months


@pytest.mark.parametrize(
    ("is_final", "day", "expected"),
    [
        (False, dt.date(2027, 5, 1), True),
        (True, dt.date(2026, 10, 31), False),
        (None, dt.date(2026, 10, 5), True),
        (None, dt.date(2026, 11, 30), True),
        (None, dt.date(2026, 12, 1), False),
    ],
)
def test_a_period_is_open_while_its_source_says_so_else_until_the_next_month_ends(is_final, day, expected):
    period = PeriodPlan("2026-10", (receipt(is_final=is_final),), "f", None)
    assert is_open(period, day) is expected


def test_usage_does_not_keep_a_period_open():
    period = PeriodPlan("2026-10", (receipt(cost_column=None),), "f", None)
    assert not is_open(period, dt.date(2026, 10, 5))


def test_a_period_without_publication_is_stale_and_an_unknown_one_is_told():
    plan = Plan((PeriodPlan("2026-10", (receipt(),), "f", None),))
    assert plan.period("2026-10").is_stale
    with pytest.raises(ConfigurationError, match=r"expected one of the periods delivered: 2026-10"):
        plan.period("2026-09")

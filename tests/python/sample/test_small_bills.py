"""The bills beside the big clouds: their files, read by nothing but csv, json and Decimal, against their truth."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from orchestration.sample.providers import SMALL_BILLS
from tests.python.sample.conftest import Estate

NAMED = {bill.source_id: bill for bill in SMALL_BILLS}


def number(column: str) -> Callable[[dict[str, Any]], Decimal]:
    return lambda row: Decimal(row[column])


# what a row costs: what the registers (contracts, hosts) cost is not in a row of theirs
COST_OF: dict[str, Callable[[dict[str, Any]], Decimal]] = {
    "aws-parcel": number("lineItem/UnblendedCost"),
    "aws-labs": number("BilledCost"),
    "azure-ea": number("CostInBillingCurrency"),
    "azure-invoices": number("amount"),
    "gcp-media": number("BilledCost"),
    "oci": number("cost/myCost"),
    "oci-trials": number("BilledCost"),
    "alibaba": lambda row: Decimal(row["PretaxAmount"]) - Decimal(row["DeductedByCashCoupons"] or 0),
    "alibaba-trials": number("BilledCost"),
    "fjord": number("BilledCost"),
    "snowflake": number("USAGE_IN_CURRENCY"),
    "databricks": lambda row: Decimal(row["usage_quantity"]) * Decimal(row["contract_price"]),
    "openai": lambda row: Decimal(row["amount"]["value"]),
    "anthropic": lambda row: Decimal(row["amount"]) / 100,
}
DAY_OF = {
    "aws-parcel": "lineItem/UsageStartDate",
    "aws-labs": "ChargePeriodStart",
    "gcp-media": "ChargePeriodStart",
    "oci": "lineItem/intervalUsageStart",
    "oci-trials": "ChargePeriodStart",
    "fjord": "ChargePeriodStart",
    "snowflake": "USAGE_DATE",
    "databricks": "usage_date",
    "openai": "day",
    "anthropic": "day",
}


def truth_of(estate: Estate, source_id: str) -> list[dict[str, Any]]:
    return [row for row in estate.charges if row["source_id"] == source_id]


def files_in_force(estate: Estate, source_id: str) -> Iterator[str]:
    for delivery in estate.deliveries:
        if delivery["source_id"] == source_id and delivery["in_force"]:
            yield from (file["path"] for file in delivery["files"])


def test_every_bill_is_looked_at() -> None:
    assert COST_OF.keys() | {"saas", "on-premises"} == NAMED.keys()


@pytest.mark.parametrize("source_id", COST_OF)
def test_each_charge_is_the_row_it_says(estate: Estate, source_id: str) -> None:
    rows = {
        (path, position): row
        for path in files_in_force(estate, source_id)
        for position, row in enumerate(estate.rows(source_id, path), start=1)
    }
    cash: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    truth = truth_of(estate, source_id)
    assert len(truth) > 300 or source_id == "azure-invoices"
    for charge in truth:
        key = charge["source_file"], charge["source_row"]
        if "amortized" in key[0]:
            # the same money as actual cost, but for what was bought and is used up
            assert charge["native_cost"] == 0
            continue
        cash[key] += charge["native_cost"]
        if source_id in DAY_OF:
            assert rows[key][DAY_OF[source_id]][:10] == charge["charge_date"].isoformat()
    assert {key: COST_OF[source_id](rows[key]) for key in cash} == cash
    # every row counts, but for days of a cost API that were pulled again and days of the next month in Snowflake's file
    if source_id not in {"openai", "anthropic", "snowflake"}:
        assert cash.keys() == {key for key in rows if "amortized" not in key[0]}


def test_every_invoice_is_what_its_months_charges_come_to(estate: Estate) -> None:
    billed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    invoiced: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for source_id, bill in NAMED.items():
        for row in truth_of(estate, source_id):
            billed[source_id, row["billing_period"]] += row["billed_cost"]
        for invoice in estate.invoices(source_id):
            assert invoice["status"] == "issued"
            assert invoice["currency"] == bill.currency
            amount = invoice["total"] if bill.tax_beside is None else invoice["subtotal"]
            invoiced[source_id, invoice["billing_period"]] += Decimal(amount)
    assert set(billed) == set(invoiced) == {(source, month) for source in NAMED for month in estate.summary.periods}
    for key, amount in billed.items():
        assert abs(amount - invoiced[key]) <= Decimal("0.01"), key


def test_recent_days_of_a_cost_api_are_pulled_again_and_differ(estate: Estate) -> None:
    for source_id, amount in (("openai", lambda row: row["amount"]["value"]), ("anthropic", lambda row: row["amount"])):
        first, second = list(files_in_force(estate, source_id))[:2]
        early, late = ([dict(row) for row in estate.rows(source_id, path)] for path in (first, second))
        twice = {row["day"] for row in early} & {row["day"] for row in late}
        assert len(twice) == 2
        assert [amount(row) for row in early if row["day"] in twice] != [
            amount(row) for row in late if row["day"] in twice
        ]
        counted = {row["source_file"] for row in truth_of(estate, source_id) if row["charge_date"].isoformat() in twice}
        assert counted == {second}


def test_databricks_takes_a_mistake_back(estate: Estate) -> None:
    by_kind = defaultdict(list)
    for row in truth_of(estate, "databricks"):
        by_kind[row["kind"]].append(row["billed_cost"])
    assert len(by_kind["retraction"]) == len(by_kind["restatement"]) == 3
    assert max(by_kind["retraction"]) < 0 < min(by_kind["restatement"])
    tags = [json.loads(row["custom_tags"]) for _, _, row in estate.in_force("databricks")]
    assert {} in tags
    assert len({key for of_row in tags for key in of_row}) >= 3


def test_a_contract_is_billed_at_once_and_used_by_the_day(estate: Estate) -> None:
    (path,) = files_in_force(estate, "saas")
    contracts = dict(enumerate(estate.rows("saas", path), start=1))
    assert {row["billing_frequency"] for row in contracts.values()} == {"monthly", "quarterly", "annual"}
    for number, contract in contracts.items():
        charges = [row for row in truth_of(estate, "saas") if row["source_row"] == number]
        price = Decimal(contract["seats"]) * Decimal(contract["unit_price"])
        assert {row["billed_cost"] for row in charges} <= {Decimal(0), price}
        if contract["billing_frequency"] == "monthly":
            for month in estate.summary.periods:
                of_month = [row for row in charges if row["billing_period"] == month]
                assert sum(row["effective_cost"] for row in of_month) == price


def test_actual_cost_becomes_charges_where_amortised_cost_has_none(estate: Estate) -> None:
    emitted = defaultdict(Decimal)
    for row in truth_of(estate, "azure-ea"):
        if row["emitted"]:
            emitted["actual" if "ea-actual" in row["source_file"] else "amortised", row["kind"]] += row["billed_cost"]
    assert {key for key, cost in emitted.items() if cost} == {
        ("actual", "reservation_purchase"),
        ("amortised", "usage"),
    }


def test_hosts_bear_what_the_rooms_cost(estate: Estate) -> None:
    charges = truth_of(estate, "on-premises")
    for path in files_in_force(estate, "on-premises"):
        for number, row in enumerate(estate.rows("on-premises", path), start=1):
            of_row = [item for item in charges if (item["source_file"], item["source_row"]) == (path, number)]
            if "capex" in row:
                assert {item["billed_cost"] * int(row["life_months"]) for item in of_row} == {Decimal(row["capex"])}
                assert {item["part"] for item in of_row} == {row["host"]}
            else:
                assert sum(item["billed_cost"] for item in of_row) == Decimal(row["amount"])
                assert len({item["part"] for item in of_row}) == len(of_row) > 2

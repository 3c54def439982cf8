"""Contracts and data centres of one's own: schedules that add up, and registers that cannot be trusted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import DeliveryRefused
from orchestration.estate import Estate, Source
from orchestration.home import Home
from orchestration.landing import in_force, land_source
from orchestration.landing.kinds import on_premises, saas_contracts
from tests.python.providers.conftest import Built

CONTRACT = "contract_id,vendor,product,seats,unit_price,currency,start,end,billing_frequency,invoice_no"
HOST = "host,capex,currency,in_service,life_months,kw,rack_units,out_of_service"
LEDGER = "month,category,amount,currency"


@pytest.mark.parametrize("contract", ["MS-1", "SF-7"])
def test_days_of_a_whole_contract_sum_to_what_was_billed(contract: str, built: Built) -> None:
    ((billed, effective),) = built.charges(
        "saas_contracts", "sum(BilledCost), sum(EffectiveCost)", f"ResourceId = '{contract}'", order="1"
    )

    assert billed == effective == {"MS-1": 3337, "SF-7": 60}[contract]


def test_a_purchase_is_billed_once_on_its_invoice_and_its_days_are_on_none(built: Built) -> None:
    found = built.charges(
        "saas_contracts",
        "cast(ChargePeriodStart as date)::varchar, BilledCost, InvoiceId, x_cost_state, x_source_row",
        "BilledCost <> 0",
        order="1, 2",
    )

    assert found == [
        ("2024-01-31", 30, "INV-10", "invoiced", 2),
        ("2024-02-10", 3337, "INV-9", "invoiced", 1),
        ("2024-02-29", 30, None, "estimated", 2),
    ]


def test_seats_are_a_quantity_of_every_day(built: Built) -> None:
    found = built.charges(
        "saas_contracts", "count(*), sum(ConsumedQuantity), min(ConsumedUnit)", "ResourceId = 'MS-1'", order="1"
    )

    assert found == [(30, 29 * 100, "Seat-Days")]


def test_a_contract_becomes_its_instalments_and_days() -> None:
    content = f"{CONTRACT}\nc,v,p,3,1.5,USD,2023-01-01,2025-01-01,annual,I-1;I-2\n".encode()

    rows = saas_contracts.to_rows("contracts.csv", content).values

    instalments = [row for row in rows if row["charge"] == "instalment"]
    assert [(row["charge_date"], row["billed_amount"], row["invoice"], row["day_count"]) for row in instalments] == [
        ("2023-01-01", "4.500000000000", "I-1", "365"),
        ("2024-01-01", "4.500000000000", "I-2", "366"),
    ]
    assert len(rows) == 2 + 365 + 366


def test_months_that_have_not_begun_are_not_landed_unless_the_estate_wants_them(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "contracts.csv").write_text(
        f"{CONTRACT}\nold,v,p,1,1,USD,2024-01-01,2024-02-01,monthly,\nnew,v,p,1,1,USD,2990-01-01,2990-02-01,monthly,\n"
    )

    home = Home.of(tmp_path / "home")
    source = Source(id="saas", kind="saas_contracts", location=str(folder))
    result = land_source(source, home)

    assert [receipt.billing_period for receipt in result.receipts] == ["2024-01"]

    told = source.model_copy(update={"first_period": "2990-01", "last_period": "2990-01"})
    assert [receipt.billing_period for receipt in land_source(told, home).receipts] == ["2990-01"]
    estate = Estate(path=tmp_path / "estate.yml", reporting_currency="USD", sources=(told,))
    assert [receipt.billing_period for receipt in in_force(home, estate)] == ["2990-01"]


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ("c,v,p,1,1,USD,2026-01-01,2026-12-31,annual,", "contracts.csv:2: end"),
        ("c,v,p,1,1,USD,2026-01-01,2025-12-31,once,", "contracts.csv:2: end"),
        ("c,v,p,1,1,USD,2026-01-01,9999-12-31,once,", "contracts.csv:2: end"),
        ("c,v,p,1,1,USD,0026-01-01,2026-12-31,once,", "contracts.csv:2: start"),
        ("c,v,p,1,1,USD,2026-01-01,2027-01-01,yearly,", "contracts.csv:2: billing_frequency"),
        ('c,v,p,1,"1,000",USD,2026-01-01,2027-01-01,annual,', "contracts.csv:2: unit_price"),
        ("c,v,p,+1,1,USD,2026-01-01,2027-01-01,annual,", "contracts.csv:2: seats"),
        ("c,v,p,1,1,USD,1.1.2026,2027-01-01,annual,", "contracts.csv:2: start"),
        ("c,,p,1,1,USD,2026-01-01,2027-01-01,annual,", "contracts.csv:2: vendor"),
        ("c,v,p,1,1,USD,2026-01-01,2027-01-01,annual", "contracts.csv:2"),
        ("c,v,p,1,1,USD,2026-01-01,2027-01-01,annual,\n" * 2, "contracts.csv:3: contract_id"),
    ],
)
def test_a_contract_that_cannot_be_trusted_is_refused(row: str, where: str) -> None:
    with pytest.raises(DeliveryRefused) as refusal:
        saas_contracts.to_rows("contracts.csv", f"{CONTRACT}\n{row}\n".encode())

    assert refusal.value.where == where
    assert refusal.value.found
    assert refusal.value.expected
    assert refusal.value.cure


def test_a_register_without_a_column_is_refused() -> None:
    with pytest.raises(DeliveryRefused) as refusal:
        saas_contracts.to_rows("contracts.csv", b"contract_id,vendor\nc,v\n")

    assert (refusal.value.where, refusal.value.found) == ("contracts.csv:1", "no column product among its 2 columns")


@pytest.mark.parametrize(
    ("out_of_service", "amounts"),
    [
        ("", ["33.333333333333", "33.333333333334", "33.333333333333"]),
        ("2026-02-15", ["33.333333333333", "66.666666666667"]),
        ("2026-05-01", ["33.333333333333", "33.333333333334", "33.333333333333", "0"]),
    ],
)
def test_a_host_costs_its_capex_however_long_it_serves(out_of_service: str, amounts: list[str]) -> None:
    content = f"{HOST}\na,100,EUR,2026-01-20,3,1,1,{out_of_service}\n".encode()

    rows = on_premises.to_rows("hosts.csv", content).values

    assert [Decimal(row["amount"] or "") for row in rows] == [Decimal(amount) for amount in amounts]
    assert [row["month_start"] for row in rows] == [f"2026-0{month}-01" for month in range(1, len(amounts) + 1)]


@given(
    cents=st.integers(0, 10**15),
    life=st.integers(1, 120),
    start=st.dates(dt.date(1999, 1, 1), dt.date(2030, 12, 31)),
    served=st.none() | st.integers(1, 4000),
)
def test_every_month_of_service_has_its_depreciation_and_all_of_them_are_the_capex(
    cents: int, life: int, start: dt.date, served: int | None
) -> None:
    capex = Decimal(cents).scaleb(-2)
    gone = start + dt.timedelta(served) if served else None
    content = f"{HOST}\na,{capex},EUR,{start},{life},1,1,{gone or ''}\n".encode()

    rows = on_premises.to_rows("hosts.csv", content).values

    amounts = [Decimal(row["amount"] or "") for row in rows]
    months = [str(row["month_start"])[:7] for row in rows]
    assert sum(amounts) == capex
    assert months == sorted(set(months))
    assert months[0] == f"{start:%Y-%m}"
    assert len(months) == life if gone is None else months[-1] == f"{gone - dt.timedelta(1):%Y-%m}"
    share = capex / life
    assert all(amount == 0 for amount in amounts[life:])
    assert all(abs(amount - share) < Decimal("1e-11") for amount in amounts[: min(life, len(amounts)) - 1])


def test_files_of_one_set_that_have_a_host_or_a_contract_twice_are_refused(tmp_path: Path) -> None:
    for kind, header, row in (
        ("on_premises", HOST, "a,100,EUR,2024-01-20,3,1,1,"),
        ("saas_contracts", CONTRACT, "c,v,p,1,1,USD,2024-01-01,2024-02-01,monthly,"),
    ):
        folder = tmp_path / kind
        folder.mkdir()
        for number in (1, 2):
            (folder / f"register-{number}.csv").write_text(f"{header}\n{row}\n")

        result = land_source(Source(id="own", kind=kind, location=str(folder)), Home.of(tmp_path / "home"))

        assert result.receipts == []
        assert "register-1.csv and register-2.csv: found " in str(result.refusals[0])


def test_parts_of_a_ledger_row_sum_to_it(built: Built) -> None:
    found = built.charges(
        "on_premises",
        "x_billing_period, RegionId, SkuId, sum(BilledCost), count(ResourceId)",
        "SkuId <> 'depreciation' group by 1, 2, 3",
        order="1, 2, 3",
    )

    assert found == [
        ("2024-01", "fra", "power", 100, 2),
        ("2024-02", "fra", "power", Decimal("100.01"), 2),
        ("2024-02", "fra", "space", 60, 2),
        ("2024-02", "par", "space", 7, 1),
        ("2024-03", "ber", "staff", 9, 0),
        ("2024-03", "fra", "staff", Decimal("-5.5"), 1),
    ]


def test_power_is_shared_by_kilowatts_and_space_by_rack_units(built: Built) -> None:
    found = built.charges(
        "on_premises",
        "SkuId, ResourceId, round(BilledCost, 2), x_source_file",
        "x_billing_period = '2024-02' and RegionId = 'fra' and SkuId <> 'depreciation'",
        order="1, 2",
    )

    assert found == [
        ("power", "db-1", Decimal("33.34"), "ledger.csv"),
        ("power", "db-2", Decimal("66.67"), "ledger.csv"),
        ("space", "db-1", 40, "ledger.csv"),
        ("space", "db-2", 20, "ledger.csv"),
    ]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (f"{HOST}\na,100,EUR,2026-01-20,2.5,1,1,\n", "file.csv:2: life_months"),
        (f"{HOST}\na,100,EUR,2026-01-20,0,1,1,\n", "file.csv:2: life_months"),
        (f"{HOST}\na,100,EUR,2026-01-20,99999999,1,1,\n", "file.csv:2: life_months"),
        (f"{HOST}\na,-100,EUR,2026-01-20,3,1,1,\n", "file.csv:2: capex"),
        (f"{HOST}\na,,EUR,2026-01-20,3,1,1,\n", "file.csv:2: capex"),
        (f"{HOST}\n,100,EUR,2026-01-20,3,1,1,\n", "file.csv:2: host"),
        (f"{HOST}\na,100,EUR,20.1.2026,3,1,1,\n", "file.csv:2: in_service"),
        (f"{HOST}\na,100,EUR,2026-01-20,3,1,1,9999-12-31\n", "file.csv:2: out_of_service"),
        (f"{HOST}\na,100,EUR,2026-01-20,3,-1,1,\n", "file.csv:2: kw"),
        (f"{HOST}\na,100,EUR,2026-01-20,3,1,-1,\n", "file.csv:2: rack_units"),
        (f"{HOST}\na,100,EUR,2026-01-20,3,1,1,2026-01-01\n", "file.csv:2: out_of_service"),
        (f"{HOST}\na,100,EUR,2026-01-20,3,1,1,\na,50,EUR,2026-02-20,3,1,1,\n", "file.csv:3: host"),
        (f"{LEDGER}\n2026-13,power,1,EUR\n", "file.csv:2: month"),
        (f"{LEDGER}\n2026-05,coffee,1,EUR\n", "file.csv:2: category"),
        (f"{LEDGER}\n2026-05,power,1e3,EUR\n", "file.csv:2: amount"),
        (f"{LEDGER}\n2026-05,power,1,EUR\n2026-05,Power,2,EUR\n", "file.csv:3: category"),
    ],
)
def test_a_register_or_ledger_that_cannot_be_trusted_is_refused(content: str, where: str) -> None:
    with pytest.raises(DeliveryRefused) as refusal:
        on_premises.to_rows("file.csv", content.encode())

    assert refusal.value.where == where
    assert refusal.value.cure

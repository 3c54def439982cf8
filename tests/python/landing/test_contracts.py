from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.errors import ConfigurationError
from orchestration.estate import Contracts, Estate, Source, load_estate
from orchestration.home import Home
from orchestration.landing import CONTRACTS
from tests.python.landing.conftest import write

HEADER = (
    "contract_id,commitment_id,issuer,service_provider,category,type,period_start,period_end,cost,currency,quantity,unit,"
    "payment_model,upfront_share,lifecycle_status,contract_end"
)
ROW = "EA-1,EA-1/a,Cloudy,Cloudy,Spend,Agreement,2026-01-01,2027-01-01,1000.50,USD,,,,,,"
FILE = "contracts/cloudy.csv"


def estate_of(folder: Path) -> Estate:
    return Estate(
        path=folder / "estate.yml",
        reporting_currency="USD",
        sources=(Source(id="main", kind="focus", location=str(folder)),),
        contracts=Contracts(location=str(folder / "contracts")),
    )


def test_contracts_land_as_one_set_completed_by_what_their_dates_say(tmp_path: Path) -> None:
    estate, home = estate_of(tmp_path), Home.of(tmp_path / "home")
    write(tmp_path, FILE, f"{HEADER}\n{ROW}\n".encode())

    first, again = CONTRACTS.land(estate, home), CONTRACTS.land(estate, home)

    assert (first.is_new, again.is_new, first.refusals) == (True, False, [])
    (contract,) = CONTRACTS.in_force(home, estate)
    assert (contract.cost, contract.currency, contract.quantity) == (Decimal("1000.50"), "USD", None)
    assert (contract.contract_start, contract.contract_end) == (dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    assert (contract.created_on, contract.payment_model, contract.upfront_share) == (
        dt.date(2026, 1, 1),
        "No Upfront",
        0,
    )
    assert (contract.offer_category, contract.fulfillment_interval) == ("Negotiated", "Full Period")


def test_a_month_depends_on_the_contracts_that_run_in_it(tmp_path: Path) -> None:
    estate, home = estate_of(tmp_path), Home.of(tmp_path / "home")
    write(tmp_path, FILE, f"{HEADER}\n{ROW}\n".encode())
    CONTRACTS.land(estate, home)
    before = CONTRACTS.in_force(home, estate)
    write(tmp_path, FILE, f"{HEADER}\n{ROW.replace('1000.50', '2000')}\n".encode())
    assert CONTRACTS.land(estate, home).is_new
    after = CONTRACTS.in_force(home, estate)

    assert CONTRACTS.revision(before, "2026-12") != CONTRACTS.revision(after, "2026-12")
    assert CONTRACTS.revision(before, "2027-01") == CONTRACTS.revision(after, "2027-01") == ""
    assert CONTRACTS.revision(before, "2025-12") == ""


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW.replace("EA-1/a", ""), "cloudy.csv:3: commitment_id: found nothing"),
        (ROW, "cloudy.csv:3: commitment_id: found EA-1/a, already at cloudy.csv:2"),
        (ROW.replace("Spend", "Money"), "cloudy.csv:3: category: found 'Money'; expected one of Spend, Usage"),
        (ROW.replace("1000.50", '"1,000.50"'), "cloudy.csv:3: cost"),
        (ROW.replace("1000.50", ""), "cloudy.csv:3: cost"),
        (ROW.replace("USD", ""), "cloudy.csv:3: currency"),
        (ROW.replace("USD", "usd"), "cloudy.csv:3: currency: found 'usd'"),
        (ROW.replace("Spend", "Usage"), "cloudy.csv:3: quantity"),
        (ROW.replace("2027-01-01", "2026-01-01"), "cloudy.csv:3: period_end"),
        (ROW.replace("2027-01-01", "1.1.2027"), "cloudy.csv:3: period_end: found '1.1.2027'; expected a date"),
        (ROW + "2026-06-01", "cloudy.csv:3: period_end: found '2027-01-01'; expected a commitment within its contract"),
        (ROW.replace(",,,,,,", ",,,Some Upfront,,,"), "cloudy.csv:3: payment_model"),
        (ROW.replace(",,,,,,", ",,,Partial Upfront,,,"), "cloudy.csv:3: upfront_share"),
        (ROW.replace(",,,,,,", ",,,Partial Upfront,25,,"), "cloudy.csv:3: upfront_share: found '25'"),
        (ROW.replace(",,,,,,", ",,,All Upfront,0.5,,"), "cloudy.csv:3: upfront_share"),
        (ROW.replace(",,,,,,", ",,,,,Over,"), "cloudy.csv:3: lifecycle_status: found 'Over'"),
        (ROW + ",more", "cloudy.csv:3: found 17 values"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_and_nothing_is_replaced(tmp_path: Path, row: str, message: str) -> None:
    estate, home = estate_of(tmp_path), Home.of(tmp_path / "home")
    write(tmp_path, FILE, f"{HEADER}\n{ROW}\n".encode())
    CONTRACTS.land(estate, home)
    other = row if row == ROW else row.replace("EA-1/a", "EA-1/b")
    write(tmp_path, FILE, f"{HEADER}\n{ROW}\n{other}\n".encode())

    (refusal,) = CONTRACTS.land(estate, home).refusals

    assert message in str(refusal)
    assert refusal.cure
    assert len(CONTRACTS.in_force(home, estate)) == 1


def test_a_column_that_contracts_do_not_have_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    write(tmp_path, FILE, f"{HEADER},discount_shore\n{ROW},0.1\n".encode())

    (refusal,) = CONTRACTS.land(estate_of(tmp_path), Home.of(tmp_path / "home")).refusals

    assert str(refusal).startswith("cloudy.csv:1: discount_shore")
    assert "Did you mean discount_share?" in str(refusal)


def test_an_estate_names_its_contracts(tmp_path: Path) -> None:
    text = (
        "reporting_currency: USD\nsources: [{id: a, kind: focus, location: ./a}]\ncontracts: {location: ./contracts}\n"
    )
    write(tmp_path, "estate.yml", text.encode())
    estate = load_estate(tmp_path / "estate.yml")
    assert estate.contracts == Contracts(location=str(tmp_path / "contracts"))

    write(tmp_path, "estate.yml", text.replace("./contracts", "./c, folder: x").encode())
    with pytest.raises(ConfigurationError, match=r"contracts\.folder: found the unknown key folder.*location"):
        load_estate(tmp_path / "estate.yml")


def test_no_file_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (refusal,) = CONTRACTS.land(estate_of(tmp_path), Home.of(tmp_path / "home")).refusals
    assert "found no CSV file" in str(refusal)

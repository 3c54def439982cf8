from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.estate import Estate, Invoices, Source
from orchestration.home import Home
from orchestration.landing import INVOICES
from tests.python.landing.conftest import write

HEADER = "issuer,invoice_id,billing_account_id,billing_period,currency,subtotal,tax,total,issued_on,status"
ROW = "Cloudy,INV-1,a-1,2026-06,USD,100.00,19.00,119.00,2026-07-03,issued"


def estate_of(folder: Path) -> Estate:
    return Estate(
        path=folder / "estate.yml",
        reporting_currency="USD",
        sources=(Source(id="main", kind="focus", location=str(folder)),),
        invoices=Invoices(location=str(folder / "invoices")),
    )


def test_every_issuers_invoices_land_as_one_set(tmp_path: Path) -> None:
    estate, home = estate_of(tmp_path), Home.of(tmp_path / "home")
    write(tmp_path, "invoices/cloudy.csv", f"{HEADER}\n{ROW}\n".encode())
    write(tmp_path, "invoices/other.csv", f"\ufeff{HEADER}\r\nOther,,a-2,2026-07,EUR,,,5,,open\r\n".encode())

    first, again = INVOICES.land(estate, home), INVOICES.land(estate, home)

    assert (first.is_new, again.is_new, first.refusals) == (True, False, [])
    cloudy, other = INVOICES.in_force(home, estate)
    assert (cloudy.issuer, cloudy.subtotal, cloudy.tax, cloudy.total) == ("Cloudy", 100, 19, 119)
    assert (other.issuer, other.subtotal, other.tax, other.total) == ("Other", None, None, 5)
    assert (other.issued_on, other.status) == (None, "open")


def test_open_documents_without_a_number_add_up(tmp_path: Path) -> None:
    estate, home = estate_of(tmp_path), Home.of(tmp_path / "home")
    rows = "Cloudy,,a-1,2026-07,USD,,,5,,open\nCloudy,,a-1,2026-07,USD,,,7,,open"
    write(tmp_path, "invoices/cloudy.csv", f"{HEADER}\n{rows}\n".encode())

    assert INVOICES.land(estate, home).refusals == []
    assert [invoice.total for invoice in INVOICES.in_force(home, estate)] == [5, 7]


def test_a_changed_file_replaces_the_set(tmp_path: Path) -> None:
    estate, home = estate_of(tmp_path), Home.of(tmp_path / "home")
    write(tmp_path, "invoices/cloudy.csv", f"{HEADER}\n{ROW}\n".encode())
    INVOICES.land(estate, home)
    write(tmp_path, "invoices/cloudy.csv", f"{HEADER}\n{ROW.replace('119.00', '120.00')}\n".encode())

    assert INVOICES.land(estate, home).is_new
    assert [invoice.total for invoice in INVOICES.in_force(home, estate)] == [120]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW.replace("119.00", '"1,119.00"'), "cloudy.csv:3: total"),
        (ROW.replace("119.00", "NaN"), "cloudy.csv:3: total"),
        (ROW.replace("119.00", ""), "cloudy.csv:3: total"),
        (ROW.replace("19.00", "+19.00", 1), "cloudy.csv:3"),
        (ROW.replace("USD", "usd"), "cloudy.csv:3: currency"),
        (ROW.replace("2026-06", "06/2026"), "cloudy.csv:3: billing_period"),
        (ROW.replace("2026-07-03", "3.7.2026"), "cloudy.csv:3: issued_on"),
        (ROW.replace("issued", "paid"), "cloudy.csv:3: status"),
        (ROW + ",more", "cloudy.csv:3: found 11 values"),
        (ROW.replace("INV-1", "INV-0"), "already at cloudy.csv:2"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_and_nothing_is_replaced(tmp_path: Path, row: str, message: str) -> None:
    estate, home = estate_of(tmp_path), Home.of(tmp_path / "home")
    good = ROW.replace("INV-1", "INV-0")
    write(tmp_path, "invoices/cloudy.csv", f"{HEADER}\n{good}\n".encode())
    INVOICES.land(estate, home)
    write(tmp_path, "invoices/cloudy.csv", f"{HEADER}\n{good}\n{row}\n".encode())

    result = INVOICES.land(estate, home)

    assert message in str(result.refusals[0])
    assert len(INVOICES.in_force(home, estate)) == 1


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    write(tmp_path, "invoices/cloudy.csv", b"issuer,total\nCloudy,1\n")

    assert "no column invoice_id" in str(INVOICES.land(estate_of(tmp_path), Home.of(tmp_path / "home")).refusals[0])


def test_an_estate_without_invoices_has_none(tmp_path: Path) -> None:
    estate = estate_of(tmp_path).model_copy(update={"invoices": None})

    assert INVOICES.land(estate, Home.of(tmp_path)).landed is None
    assert INVOICES.in_force(Home.of(tmp_path), estate) == ()

"""Which billing month a row is of: months begin where the provider bills, not at midnight UTC."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from orchestration.landing.moments import billing_month_of
from tests.python.landing.conftest import FOCUS_HEADER, focus, write


@pytest.mark.parametrize(
    ("start", "month"),
    [
        ("2026-05-01T00:00:00Z", "2026-05"),
        ("2026-05-01", "2026-05"),
        ("2026-04-30T16:00:00Z", "2026-05"),  # UTC+8
        ("2026-05-01T00:00:00+08:00", "2026-05"),
        ("2026-04-30T10:00Z", "2026-05"),  # UTC+14
        ("2026-04-30 18:30:00", "2026-05"),  # UTC+5:30
        ("2026-05-01T07:00:00Z", "2026-05"),  # UTC-7
        ("2025-12-31T16:00:00 UTC", "2026-01"),
        ("2026-04-30T00:00:00Z", "2026-04"),  # midnight UTC is what it says
        ("2026-05-31T00:00:00Z", "2026-05"),
        ("2026-04-30T09:45:00Z", "2026-04"),  # no zone is that far east
        ("2026-04-30T16:07:00Z", "2026-04"),  # no midnight of any zone
        ("2026-04-15T16:00:00Z", "2026-04"),
        ("2026-05", "2026-05"),
        ("202605", "2026-05"),
        ("202613", None),
        ("May", None),
    ],
)
def test_a_month_begins_at_local_midnight(start: str, month: str | None) -> None:
    assert billing_month_of(start) == month


def test_rows_of_a_file_in_utc_plus_8_are_of_their_local_month(place: SimpleNamespace) -> None:
    def row(cost: int, start: str, end: str) -> str:
        return f"{cost},a-1,USD,{start},{end},Cloudy,NULL"

    may = (
        row(1, "2026-04-30T16:00:00Z", "2026-05-31T16:00:00Z"),
        row(2, "2026-05-01T00:00:00+08:00", "2026-06-01T00:00+08:00"),
    )
    june = row(4, "2026-05-31T16:00:00Z", "2026-06-30T16:00:00Z")
    write(place.folder, "costs.csv", focus(*may, june, header=FOCUS_HEADER))

    result = place.land("focus")

    assert [(receipt.billing_period, receipt.billed_cost) for receipt in result.receipts] == [
        ("2026-05", 3),
        ("2026-06", 4),
    ]


def test_a_file_whose_months_another_rule_told_is_read_again(place: SimpleNamespace) -> None:
    start, end = "2026-04-30T16:00:00Z", "2026-05-31T16:00:00Z"
    write(place.folder, "costs.csv", focus(f"1,a-1,USD,{start},{end},Cloudy,NULL", header=FOCUS_HEADER))
    place.land("focus")
    contents = place.home.landing / "focus" / "source_id=main" / "contents.json"
    known = contents.read_text()
    contents.write_text(known.replace("billing_month_of", "month_of").replace('"2026-05"', '"2026-04"'))

    place.land("focus")

    assert contents.read_text() == known

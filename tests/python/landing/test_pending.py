from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from orchestration.estate import Source
from orchestration.landing import pending
from tests.python.landing.conftest import aws_delivery, cur, focus, focus_row, gcp_file, gcp_row, write


def waiting(place: SimpleNamespace, kind: str) -> list[Any]:
    return pending(Source(id="main", kind=kind, location=str(place.folder)), place.home)


def test_a_manifest_shows_what_is_new_until_it_is_landed(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()})
    (before,) = waiting(place, "aws_cur2")
    place.land("aws_cur2")
    after = waiting(place, "aws_cur2")
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()}, execution="20260703T000000Z-b")
    (restated,) = waiting(place, "aws_cur2")

    assert (before.billing_period, before.scope, after) == ("2026-06", "cur/acme", [])
    assert restated.tag != before.tag


def test_files_without_manifest_are_pending_until_they_are_read(place: SimpleNamespace) -> None:
    write(place.folder, "costs.csv", focus(focus_row()))
    assert [item.billing_period for item in waiting(place, "focus")] == [None]
    place.land("focus")
    assert waiting(place, "focus") == []


def test_a_new_file_of_a_set_is_pending(place: SimpleNamespace) -> None:
    gcp_file(place.folder, "2026-06/r-000000000000.parquet", [gcp_row(1.0)])
    place.land("gcp_detailed")
    assert waiting(place, "gcp_detailed") == []
    gcp_file(place.folder, "2026-07/r-000000000000.parquet", [gcp_row(1.0)])
    assert [item.scope for item in waiting(place, "gcp_detailed")] == ["2026-07/r"]


def test_a_month_that_was_not_asked_for_stays_pending(place: SimpleNamespace) -> None:
    write(place.folder, "costs.csv", focus(focus_row(), focus_row(month="2026-07")))
    place.land("focus", billing_periods=["2026-06"])
    assert [item.billing_period for item in waiting(place, "focus")] == ["2026-07"]

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.python.landing.conftest import azure_run, focus, focus_row, refusal


def test_the_run_submitted_last_stands_for_its_month_whatever_its_name(place: SimpleNamespace) -> None:
    azure_run(
        place.folder, {"part_0_0001.csv": focus(focus_row("1"))}, run="f0", submitted="2026-06-01T07:00:00.1234567Z"
    )
    azure_run(
        place.folder,
        {"part_0_0001.csv": focus(focus_row("1"), focus_row("2")), "part_1_0001.csv.gz": focus(focus_row("4"))},
        run="a0",
        submitted="2026-06-02T07:00:00.1234567Z",
    )
    azure_run(
        place.folder,
        {"part_0_0001.csv": focus(focus_row("9", month="2026-05"))},
        run="b0",
        submitted="2026-06-03",
        period="2026-05",
    )

    result = place.land("azure_focus")

    assert [(receipt.billing_period, receipt.billed_cost) for receipt in result.receipts] == [
        ("2026-05", 9),
        ("2026-06", 7),
    ]
    assert result.receipts[1].declared_row_count == 3
    assert result.receipts[1].scope == "/subscriptions/s1"


def test_two_exports_of_one_scope_are_the_same_charges(place: SimpleNamespace) -> None:
    azure_run(place.folder, {"part_0_0001.csv": focus(focus_row("1"))}, run="a", submitted="2026-06-02")
    azure_run(place.folder, {"part_0_0001.csv": focus(focus_row("1"))}, run="b", submitted="2026-06-03", export="again")

    assert len(place.land("azure_focus").receipts) == 1


def test_two_scopes_add_up(place: SimpleNamespace) -> None:
    azure_run(place.folder, {"part_0_0001.csv": focus(focus_row("1"))}, run="a", submitted="2026-06-02")
    azure_run(
        place.folder,
        {"part_0_0001.csv": focus(focus_row("2"))},
        run="b",
        submitted="2026-06-02",
        resource="/subscriptions/S2",
    )

    place.land("azure_focus")

    assert place.query("azure_focus", "select count(*), sum(BilledCost::int) from landing.azure_focus") == [(2, 3)]
    assert place.query("azure_focus", "select count(*) from landing.partitions") == [(1,)]


def test_exports_of_other_datasets_in_the_container_are_passed_over(place: SimpleNamespace) -> None:
    azure_run(place.folder, {"part_0_0001.csv": focus()}, run="a", submitted="2026-06-02")
    azure_run(
        place.folder,
        {"part_0_0001.csv": b"other\n1\n"},
        run="b",
        submitted="2026-06-03",
        exportConfig={"type": "PriceSheet", "resourceId": "/subscriptions/S1"},
    )

    assert len(place.land("azure_focus").receipts) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"blobCount": 2}, "blobCount: found 2, but the blobs add up to 1"),
        ({"dataRowCount": 7}, "dataRowCount: found 7"),
        (
            {"blobs": [{"blobName": "billing/daily/elsewhere/part_0_0001.csv"}], "byteCount": 0, "dataRowCount": 0},
            "outside",
        ),
        ({"blobs": None}, "blobs: found no such key"),
        ({"runInfo": {"submittedTime": "yesterday", "startDate": "2026-06-01"}}, "submittedTime: found yesterday"),
    ],
)
def test_a_manifest_that_cannot_be_right_is_refused(
    place: SimpleNamespace, changes: dict[str, Any], message: str
) -> None:
    azure_run(place.folder, {"part_0_0001.csv": focus()}, run="a", submitted="2026-06-02", **changes)

    assert message in refusal(place.land("azure_focus"))


def test_rows_other_than_the_manifest_says_are_refused(place: SimpleNamespace) -> None:
    azure_run(
        place.folder, {"part_0_0001.csv": focus(focus_row(), focus_row())}, run="a", submitted="2026-06-02", rows=[3]
    )

    result = place.land("azure_focus")
    assert "found 2 data rows; expected 3 data rows" in refusal(result)
    assert result.refusals[0].billing_period == "2026-06"


def test_a_run_without_a_manifest_waits(place: SimpleNamespace) -> None:
    azure_run(place.folder, {"part_0_0001.csv": focus()}, run="a", submitted="2026-06-02").unlink()

    result = place.land("azure_focus")

    assert (result.receipts, result.waiting) == ([], ["billing/daily/20260601-20260630/a"])

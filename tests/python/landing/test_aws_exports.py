from __future__ import annotations

import json
from decimal import Decimal
from types import SimpleNamespace

import pytest

from tests.python.landing.conftest import CUR_HEADER, aws_delivery, cur, cur_row, refusal, write


def test_a_delivery_lands_with_its_rows_totals_and_receipt(place: SimpleNamespace) -> None:
    aws_delivery(
        place.folder, {"acme-1.csv.gz": cur(cur_row("1.5"), cur_row("-0.25")), "acme-2.csv.gz": cur(cur_row("1E-7"))}
    )

    result = place.land("aws_cur2")

    assert result.refusals == []
    (receipt,) = result.receipts
    assert (receipt.billing_period, receipt.scope, receipt.row_count) == ("2026-06", "cur/acme", 3)
    assert receipt.billed_cost == Decimal("1.2500001")
    assert receipt.currencies == ("USD",)
    assert [file.rows for file in receipt.files] == [2, 1]
    folder = (
        place.home.landing / "aws_cur2/source_id=main/billing_period=2026-06" / f"delivery_id={receipt.delivery_id}"
    )
    assert json.loads((folder / "receipt.json").read_text())["billed_cost"] == "1.250000100000"
    rows = place.query(
        "aws_cur2",
        "select line_item_unblended_cost, _source_file, _source_row, _charge_id, _billing_period, _delivery_id "
        "from landing.aws_cur2 order by _charge_id",
    )
    assert [row[0] for row in rows] == ["1.5", "-0.25", "1E-7"]
    assert [row[2] for row in rows] == [1, 2, 1]
    assert rows[2][1] == "cur/acme/data/BILLING_PERIOD=2026-06/20260702T120000Z-a1b2/acme-2.csv.gz"
    assert [row[3] for row in rows] == [receipt.delivery_number << 34 | number << 3 for number in (1, 2, 3)]
    assert {row[4:] for row in rows} == {("2026-06", receipt.delivery_id)}


def test_landing_the_same_delivery_again_does_nothing(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()})
    first = place.land("aws_cur2").receipts[0]
    read: list[str] = []

    again = place.land("aws_cur2", progress=read.append)

    assert (again.receipts, again.refusals, read) == ([], [], [])
    assert again.unchanged == [first]


def test_a_copy_with_new_times_is_recognised_by_its_content(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()})
    first = place.land("aws_cur2").receipts[0]
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()})
    for file in place.folder.rglob("*.gz"):
        file.touch()
    read: list[str] = []

    again = place.land("aws_cur2", progress=read.append)

    assert (again.unchanged, again.receipts, read) == ([first], [], [])


def test_84_snapshots_of_a_month_land_once(place: SimpleNamespace) -> None:
    for number in range(84):
        day, hour = divmod(number, 3)
        aws_delivery(
            place.folder,
            {"acme-1.csv.gz": cur(*[cur_row("1")] * (number + 1))},
            execution=f"202606{day + 1:02d}T{hour * 8:02d}0000Z-{number:04x}",
        )

    (receipt,) = place.land("aws_cur2").receipts

    assert receipt.row_count == 84
    assert place.query("aws_cur2", "select count(*) from landing.aws_cur2") == [(84,)]


def test_a_restatement_replaces_the_month_and_keeps_the_receipt(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(cur_row("1"))}, execution="20260702T120000Z-ffff")
    old = place.land("aws_cur2").receipts[0]
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(cur_row("2"))}, execution="20260715T090000Z-0000")

    new = place.land("aws_cur2").receipts[0]

    deliveries = place.query("aws_cur2", "select delivery_id, in_force from landing.deliveries order by in_force")
    assert deliveries == [(old.delivery_id, False), (new.delivery_id, True)]
    assert place.query("aws_cur2", "select line_item_unblended_cost from landing.aws_cur2") == [("2",)]


def test_an_execution_newer_than_the_pointer_counts(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(cur_row("1"))}, execution="20260702T120000Z-a")
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(cur_row("2"))}, execution="20260703T120000Z-a", pointer=False)

    assert place.land("aws_cur2").receipts[0].billed_cost == 2


def test_overwrite_mode_lands(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(cur_row("1"))}, execution=None, sizes=True)
    place.land("aws_cur2")
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(cur_row("3"))}, execution=None, sizes=True)

    assert place.land("aws_cur2").receipts[0].billed_cost == 3


def test_files_without_a_manifest_are_never_landed(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()})
    write(place.folder, "cur/acme/data/BILLING_PERIOD=2026-06/20260702T120000Z-a1b2/acme-9.csv.gz", cur())
    write(place.folder, "cur/acme/data/BILLING_PERIOD=2026-07/20260702T120000Z-a1b2/acme-1.csv.gz", cur())

    result = place.land("aws_cur2")

    assert [receipt.row_count for receipt in result.receipts] == [1]
    assert result.waiting == ["cur/acme 2026-07"]


@pytest.mark.parametrize("below", ["cur/acme", "cur", ""])
def test_the_location_may_be_any_part_of_the_bucket(place: SimpleNamespace, below: str) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()})

    assert place.land("aws_cur2", location=place.folder / below).receipts[0].row_count == 1


@pytest.mark.parametrize(
    "uri",
    [
        "s3://acme-billing/cur/other/data/BILLING_PERIOD=2026-06/20260702T120000Z-a1b2/acme-1.csv.gz",
        "s3://acme-billing/cur/acme/data/BILLING_PERIOD=2026-05/20260702T120000Z-a1b2/acme-1.csv.gz",
        "s3://acme-billing/cur/acme/data/BILLING_PERIOD=2026-06/../../secret.csv.gz",
        "s3://acme-billing/cur/acme/data/BILLING_PERIOD=2026-06/%2e%2e/secret.csv.gz",
        "s3://acme-billing/secret.csv.gz",
        "/etc/passwd",
    ],
)
def test_a_manifest_that_names_files_outside_its_folder_is_refused(place: SimpleNamespace, uri: str) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()}, uris=[uri])
    write(place.folder, "secret.csv.gz", cur())

    assert "folder" in refusal(place.land("aws_cur2"))


def test_a_link_that_leads_out_of_the_location_is_refused(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()})
    outside = write(place.folder.parent, "elsewhere.csv.gz", cur())
    file = next(place.folder.rglob("acme-1.csv.gz"))
    file.unlink()
    file.symlink_to(outside)

    assert "leads out of the location" in refusal(place.land("aws_cur2"))


def test_a_missing_part_is_refused_and_the_month_before_stays(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()}, execution="20260702T120000Z-a")
    place.land("aws_cur2")
    aws_delivery(place.folder, {"a.csv.gz": cur(), "b.csv.gz": cur()}, execution="20260703T120000Z-a")
    next(place.folder.rglob("b.csv.gz")).unlink()

    assert "b.csv.gz: found no such file" in refusal(place.land("aws_cur2"))
    assert place.query("aws_cur2", "select count(*) from landing.aws_cur2") == [(1,)]
    assert not list((place.home.landing / ".work").iterdir())


def test_one_refused_month_does_not_keep_the_others_from_landing(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(cur_row("+1.5"))}, period="2026-05")
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()}, period="2026-06")

    result = place.land("aws_cur2")

    assert [receipt.billing_period for receipt in result.receipts] == ["2026-06"]
    assert [found.billing_period for found in result.refusals] == ["2026-05"]


def test_a_manifest_that_cannot_be_read_holds_back_its_own_month_only(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()}, period="2026-05")
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()}, period="2026-06")
    for manifest in place.folder.rglob("BILLING_PERIOD=2026-05/**/*Manifest.json"):
        manifest.write_text("<html>")

    result = place.land("aws_cur2")

    assert [receipt.billing_period for receipt in result.receipts] == ["2026-06"]
    assert [found.billing_period for found in result.refusals] == ["2026-05"]


def test_only_one_month_is_landed_when_asked(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()}, period="2026-05")
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()}, period="2026-06")

    assert [receipt.billing_period for receipt in place.land("aws_cur2", billing_periods=["2026-05"]).receipts] == [
        "2026-05"
    ]


def test_bytes_other_than_the_manifest_says_are_refused(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()}, sizes=True)
    next(place.folder.rglob("acme-1.csv.gz")).write_bytes(b"short")

    assert "found 5 bytes" in refusal(place.land("aws_cur2"))


def test_columns_other_than_the_manifest_says_are_refused(place: SimpleNamespace) -> None:
    columns = [*CUR_HEADER.split(","), "tags"]
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()}, columns=columns)

    assert "found 8 columns; expected 9 columns" in refusal(place.land("aws_cur2"))


def test_a_manifest_that_is_no_json_is_refused_with_its_line(place: SimpleNamespace) -> None:
    write(place.folder, "metadata/BILLING_PERIOD=2026-06/acme-Manifest.json", b'{\n "dataFiles": [')

    assert "acme-Manifest.json:2" in refusal(place.land("aws_cur2"))


def test_a_location_without_any_delivery_is_refused(place: SimpleNamespace) -> None:
    write(place.folder, "costs.txt", b"hello")

    assert "no delivery of kind aws_cur2" in refusal(place.land("aws_cur2"))

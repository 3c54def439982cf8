"""Files that add up: those that are written once (Oracle), days until the file of the month (Alibaba Cloud), and what
was added since the last export (Databricks)."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.estate import Source
from orchestration.landing import pending
from orchestration.landing.file_set_deliveries import deliveries_of
from orchestration.landing.kinds import KINDS
from orchestration.landing.kinds.base import Snapshot
from orchestration.landing.receipts import FileContents
from tests.python.landing.conftest import FOCUS_HEADER, focus, focus_row, refusal, write


def billed(place: SimpleNamespace, kind: str) -> dict[str, int]:
    rows = place.query(kind, f"select _billing_period, sum(BilledCost::int) from landing.{kind} group by 1 order by 1")
    return {month: int(cost) for month, cost in rows}


def archive(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, text in members.items():
            file.writestr(f"{name}.csv", text)
    return content.getvalue()


def test_every_file_counts_and_late_rows_land_their_month_again(place: SimpleNamespace) -> None:
    write(place.folder, "FOCUS Reports/2026/06/30/0001-00001.csv.gz", focus(focus_row("1"), focus_row("2")))
    place.land("oci_focus")
    write(
        place.folder,
        "FOCUS Reports/2026/07/01/0002-00001.csv.gz",
        focus(focus_row("4"), focus_row("8", month="2026-07")),
    )

    result = place.land("oci_focus")

    assert sorted(receipt.billing_period for receipt in result.receipts) == ["2026-06", "2026-07"]
    assert billed(place, "oci_focus") == {"2026-06": 7, "2026-07": 8}


def test_what_a_deleted_file_said_stays(place: SimpleNamespace) -> None:
    first = write(place.folder, "0001-00001.csv", focus(focus_row("1")))
    second = write(place.folder, "0002-00001.csv", focus(focus_row("2")))
    write(place.folder, "0003-00001.csv", focus(focus_row("4", month="2026-07")))
    place.land("oci_focus")
    first.unlink()

    result = place.land("oci_focus")

    assert (result.receipts, result.refusals, len(result.unchanged)) == ([], [], 2)
    assert pending(Source(id="main", kind="oci_focus", location=str(place.folder)), place.home) == []
    second.unlink()
    assert place.land("oci_focus").refusals == []
    assert billed(place, "oci_focus") == {"2026-06": 3, "2026-07": 4}


def test_new_rows_of_a_month_whose_files_are_gone_are_refused(place: SimpleNamespace) -> None:
    first = write(place.folder, "0001-00001.csv", focus(focus_row("1")))
    place.land("oci_focus")
    first.unlink()
    write(place.folder, "0002-00001.csv", focus(focus_row("2"), focus_row("4", month="2026-07")))

    result = place.land("oci_focus")

    assert [receipt.billing_period for receipt in result.receipts] == ["2026-07"]
    assert [refused.billing_period for refused in result.refusals] == ["2026-06"]
    assert "0001-00001.csv: found no such file any more" in str(result.refusals[0])
    assert billed(place, "oci_focus") == {"2026-06": 1, "2026-07": 4}


def test_a_file_that_was_moved_is_the_same_file(place: SimpleNamespace) -> None:
    file = write(place.folder, "0001-00001.csv", focus(focus_row("1")))
    place.land("oci_focus")
    (place.folder / "2026").mkdir()
    file.rename(place.folder / "2026" / file.name)
    write(place.folder, "0002-00001.csv", focus(focus_row("2")))

    assert place.land("oci_focus").refusals == []
    assert billed(place, "oci_focus") == {"2026-06": 3}


def test_one_file_under_two_names_is_refused(place: SimpleNamespace) -> None:
    write(place.folder, "a/0001-00001.csv", focus(focus_row("1")))
    write(place.folder, "b/0001-00001.csv", focus(focus_row("1")))

    assert "a/0001-00001.csv: found the same content as in b/0001-00001.csv" in refusal(place.land("oci_focus"))


def test_usage_reports_are_passed_over(place: SimpleNamespace) -> None:
    write(place.folder, "reports/usage-csv/0001.csv", b"no,costs\n1,2\n")
    write(place.folder, "reports/cost-csv/0001.csv", focus(focus_row("1")))

    assert [receipt.billed_cost for receipt in place.land("oci_focus").receipts] == [1]


def test_names_of_several_versions_are_a_dialect_of_oracle_only(place: SimpleNamespace) -> None:
    header = FOCUS_HEADER.replace("ProviderName", "Provider") + ",PricingCurrencyEffectiveCost "
    write(place.folder, "0001.csv", focus(focus_row("1") + ",1", header=header))
    assert "two FOCUS versions" in refusal(place.land("focus"))

    write(place.folder, "0001.csv", focus(focus_row("1") + ",1,N", header=header + ",oci_OverageFlag"))
    (receipt,) = place.land("focus").receipts
    assert receipt.files[0].focus_version == "1.0-preview"


def test_days_add_up_until_the_file_of_the_month(place: SimpleNamespace) -> None:
    write(place.folder, "169_FOCUS_20260630.csv", focus(focus_row("1")))
    write(place.folder, "169_FOCUS_20260701.csv", focus(focus_row("2"), focus_row("4", month="2026-07")))
    place.land("alibaba_focus")
    assert billed(place, "alibaba_focus") == {"2026-06": 3, "2026-07": 4}

    write(place.folder, "169_FOCUS_202606.csv", focus(focus_row("5")))
    assert [receipt.billing_period for receipt in place.land("alibaba_focus").receipts] == ["2026-06"]
    assert billed(place, "alibaba_focus") == {"2026-06": 5, "2026-07": 4}


def test_a_bill_that_is_pushed_again_replaces_the_one_before(place: SimpleNamespace) -> None:
    write(place.folder, "bills/20260620/169_FOCUS_202606.csv", focus(focus_row("1")))
    write(place.folder, "bills/20260621/169_FOCUS_202606_1.csv", focus(focus_row("2")))
    write(place.folder, "bills/20260621/169_FOCUS_202606_2.csv", focus(focus_row("4")))

    place.land("alibaba_focus")

    assert billed(place, "alibaba_focus") == {"2026-06": 6}


def test_a_day_after_the_final_file_with_rows_of_its_month_is_refused(place: SimpleNamespace) -> None:
    write(place.folder, "169_FOCUS_202606.csv", focus(focus_row("1")))
    write(place.folder, "169_FOCUS_20260704.csv", focus(focus_row("2")))
    place.land("alibaba_focus")
    assert billed(place, "alibaba_focus") == {"2026-06": 1}

    write(place.folder, "169_FOCUS_20260705.csv", focus(focus_row("2"), focus_row("4", month="2026-07")))
    result = place.land("alibaba_focus")

    assert [receipt.billing_period for receipt in result.receipts] == ["2026-07"]
    assert "169_FOCUS_20260705.csv: found rows of billing month 2026-06, after the final file" in str(
        result.refusals[0]
    )
    assert result.refusals[0].billing_period == "2026-06"  # type: ignore[attr-defined]


def test_rows_in_the_file_of_another_month_are_refused(place: SimpleNamespace) -> None:
    write(place.folder, "169_FOCUS_202607.csv", focus(focus_row("1")))

    assert "in the file of another month" in refusal(place.land("alibaba_focus"))


def test_a_bill_without_day_or_month_is_refused(place: SimpleNamespace) -> None:
    write(place.folder, "169_FOCUS.csv", focus(focus_row("1")))

    assert "169_FOCUS.csv: found a name without a day or a month" in refusal(place.land("alibaba_focus"))


def test_bills_by_item_and_by_instance_are_the_same_money(place: SimpleNamespace) -> None:
    write(place.folder, "169_BillingItemDetail_202606.csv", focus(focus_row("1")))
    write(place.folder, "169_InstanceDetail_202606.csv", focus(focus_row("1")))
    write(place.folder, "169_SplitItemDetailDaily_202606.csv", focus(focus_row("1")))

    assert "billing account a-1 of Cloudy in billing period 2026-06, in each" in refusal(place.land("alibaba_focus"))


def test_an_archive_is_one_table(place: SimpleNamespace) -> None:
    content = archive(b_2=focus(focus_row("2")), a_1=focus(focus_row("1")).rstrip(b"\n"))
    write(place.folder, "169_FOCUS_202606.zip", content)

    (receipt,) = place.land("alibaba_focus").receipts

    assert (receipt.row_count, receipt.billed_cost, receipt.files[0].size) == (2, 3, len(content))
    rows = place.query("alibaba_focus", "select _source_row, BilledCost from landing.alibaba_focus order by 1")
    assert rows == [(1, "1"), (2, "2")]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (
            archive(a=focus(), b=b"Other,Header\n1,2\n"),
            "169_FOCUS_202606.zip: b.csv: found another header than that of a.csv",
        ),
        (archive()[:-2], "a ZIP archive that cannot be read"),
        (archive(), "0 files, none of them CSV"),
        (b"PK\x03\x04 cut off", "a ZIP archive that cannot be read"),
    ],
)
def test_an_archive_that_is_not_whole_is_refused(place: SimpleNamespace, content: bytes, found: str) -> None:
    write(place.folder, "169_FOCUS_202606.zip", content)

    assert found in refusal(place.land("alibaba_focus"))


def test_an_amount_without_a_currency_is_refused_and_nothing_may_have_none(place: SimpleNamespace) -> None:
    free = focus_row("0").replace("USD", "")
    write(place.folder, "costs.csv", focus(focus_row("1"), free))
    assert [receipt.currencies for receipt in place.land("focus").receipts] == [("USD",)]

    write(place.folder, "costs.csv", focus(focus_row("1"), free, focus_row("2").replace("USD", "NULL")))
    result = place.land("focus")
    assert "costs.csv, row 3: BillingCurrency: found no currency beside BilledCost 2" in str(result.refusals[0])


@given(days=st.lists(st.integers(1, 28), min_size=1, max_size=8), data=st.data())
def test_however_what_was_added_is_cut_into_files_every_row_counts_once(days: list[int], data: st.DataObject) -> None:
    """Files of two months' rows, each from a day that the file before it ended with or held, too."""
    months = ("2026-04", "2026-05")
    rows = [(months[number % 2], dt.datetime(2026, 6, day)) for number, day in enumerate(days)]
    files: dict[str, list[tuple[str, dt.datetime]]] = {}
    until = 0
    while until < 28:
        since = data.draw(st.integers(0, until))
        until = data.draw(st.integers(until + 1, 28))
        files[f"usage-202606{until:02d}.csv"] = [row for row in rows if since <= row[1].day <= until]
    contents = {}
    for path, held in files.items():
        stamps = {month: [stamp for of, stamp in held if of == month] for month in months}
        contents[path] = FileContents(
            size=1,
            tag="",
            sha256=path,
            periods={month: (month,) for month in months if stamps[month]},
            subjects={},
            appended={month: (min(times), max(times)) for month, times in stamps.items() if times},
        )
    snapshots = [Snapshot((path,), dt.datetime(2026, 6, 1)) for path in files]

    found = deliveries_of(KINDS["databricks_usage"], "main", {"usage": snapshots}, contents)

    assert found.refusals == []
    counted = [
        (month, stamp)
        for delivery in found.deliveries
        for file in delivery.files
        for month, stamp in files[file.path]
        if month == delivery.billing_period and (file.before is None or stamp.isoformat() < file.before)
    ]
    assert sorted(counted) == sorted(rows)

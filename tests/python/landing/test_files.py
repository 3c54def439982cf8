"""What a file may and may not be, whatever the kind."""

from __future__ import annotations

import gzip
import json
from types import SimpleNamespace

import pytest

from tests.python.landing.conftest import CUR_HEADER, aws_delivery, cur, cur_row, refusal, write

FILE = "cur/acme/data/BILLING_PERIOD=2026-06/20260702T120000Z-a1b2/acme-1.csv.gz"


def land_bytes(place: SimpleNamespace, content: bytes) -> str:
    aws_delivery(place.folder, {"acme-1.csv.gz": b""})
    (place.folder / FILE).write_bytes(content)
    return refusal(place.land("aws_cur2"))


def land_text(place: SimpleNamespace, content: bytes) -> str:
    return land_bytes(place, gzip.compress(content))


@pytest.mark.parametrize("cut", [10, 40, -4, -9])
def test_a_truncated_gzip_is_refused(place: SimpleNamespace, cut: int) -> None:
    rows = [cur_row(str(number)) for number in range(2000)]
    assert "ends early" in land_bytes(place, gzip.compress(cur(*rows))[:cut])


def test_a_gzip_cut_off_at_the_end_of_a_row_is_refused(place: SimpleNamespace) -> None:
    import zlib

    deflate = zlib.compressobj(wbits=31)
    whole_rows = deflate.compress(cur()) + deflate.flush(zlib.Z_SYNC_FLUSH)
    assert "ends early" in land_bytes(place, whole_rows)


def test_a_damaged_gzip_is_refused(place: SimpleNamespace) -> None:
    content = bytearray(gzip.compress(cur(*[cur_row(str(number)) for number in range(2000)])))
    content[len(content) // 2] ^= 0xFF
    assert "damaged gzip" in land_bytes(place, bytes(content))


def test_several_gzip_members_are_one_file(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": b""})
    (place.folder / FILE).write_bytes(gzip.compress(cur()) + gzip.compress(f"{cur_row()}\n".encode()))

    assert place.land("aws_cur2").receipts[0].row_count == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!DOCTYPE html><p>Sign in", "HTML"),
        (b'{"error": "AccessDenied"}', "JSON"),
        (b"PK\x03\x04....", "zip"),
        (cur().decode().encode("utf-16"), "UTF-16"),
        (b"", "an empty file"),
        (b"PAR1....PAR1", "a Parquet file"),
    ],
)
def test_a_file_of_another_kind_is_refused(place: SimpleNamespace, content: bytes, message: str) -> None:
    assert message in land_text(place, content)


def test_plain_text_named_as_gzip_is_refused(place: SimpleNamespace) -> None:
    assert "expected a gzip file" in land_bytes(place, cur())


def test_a_column_named_twice_is_refused(place: SimpleNamespace) -> None:
    message = land_text(place, cur(cur_row() + ",x", header=CUR_HEADER + ",resource_tags"))
    assert "acme-1.csv.gz:1: found the column resource_tags twice" in message


@pytest.mark.parametrize("row", [cur_row() + ",too,many", "id,111122223333,1"])
def test_a_ragged_row_is_refused_with_its_line(place: SimpleNamespace, row: str) -> None:
    message = land_text(place, cur(cur_row(tags='{"a": "b,\nc"}'), row))
    assert "acme-1.csv.gz:4: found " in message
    assert "expected 8, as many as the header names" in message


def test_an_unclosed_quote_is_refused_with_its_line(place: SimpleNamespace) -> None:
    assert "acme-1.csv.gz:3" in land_text(place, cur(cur_row(), 'id,1,1,USD,,,"op,{}'))


def test_text_that_is_not_utf8_is_refused_with_its_line(place: SimpleNamespace) -> None:
    assert "acme-1.csv.gz:2" in land_text(place, cur().replace(b"RunInstances", b"Run\xff"))


@pytest.mark.parametrize(
    "cost", ["+1.5", '"1,234.50"', "NaN", "1_000", "Infinity", "$5", "1 000", "abc", "0x1F", " 1.5"]
)
def test_text_that_is_no_number_is_refused_with_its_row(place: SimpleNamespace, cost: str) -> None:
    message = land_text(place, cur(cur_row("1"), cur_row(cost)))
    assert "acme-1.csv.gz, row 2: line_item_unblended_cost" in message
    assert repr(cost.strip('"')) in message


def test_a_number_too_large_for_money_is_refused(place: SimpleNamespace) -> None:
    assert "row 2: line_item_unblended_cost" in land_text(place, cur(cur_row("1"), cur_row("1E30")))


@pytest.mark.parametrize("cost", ["1.5", "-1.5E-7", "0012.50", ".5", "5.", "-0", "0.123456789012345678"])
def test_text_that_is_a_number_is_accepted(place: SimpleNamespace, cost: str) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(cur_row("1"), cur_row(cost))})
    assert place.land("aws_cur2").refusals == []


@pytest.mark.parametrize("cost", ["NULL", "", '""', "null"])
def test_a_row_without_an_amount_is_refused(place: SimpleNamespace, cost: str) -> None:
    message = land_text(place, cur(cur_row("1"), cur_row(cost)))
    assert "acme-1.csv.gz, row 2: line_item_unblended_cost: found " in message
    assert "expected a number on every row, 0 where it costs nothing" in message


def test_an_unknown_currency_is_refused_with_its_row(place: SimpleNamespace) -> None:
    assert "row 2: line_item_currency_code: found 'XXQ'" in land_text(place, cur(cur_row(), cur_row(currency="XXQ")))


def test_a_period_that_ends_before_it_starts_is_refused_with_its_row(place: SimpleNamespace) -> None:
    row = cur_row().replace("2026-06-01T01:00:00Z", "2026-05-31T23:00:00Z")
    assert "row 2: line_item_usage_end_date" in land_text(place, cur(cur_row(), row))


def test_text_that_is_no_time_is_refused_with_its_row(place: SimpleNamespace) -> None:
    row = cur_row().replace("2026-06-01T01:00:00Z", "06/31/2026")
    assert "row 2: line_item_usage_end_date: found '06/31/2026'" in land_text(place, cur(cur_row(), row))


def test_a_file_without_its_money_column_is_refused(place: SimpleNamespace) -> None:
    message = land_text(place, b"bill_payer_account_id,line_item_currency_code\n1,USD\n")
    assert "no money column line_item_unblended_cost" in message


@pytest.mark.parametrize("word", ["", "NULL", '""'])
def test_nothing_but_nulls_in_a_key_column_is_refused(place: SimpleNamespace, word: str) -> None:
    message = land_text(place, cur(cur_row(account=word), cur_row(account=word)))
    assert "bill_payer_account_id: found nothing but nulls in 2 rows" in message


def test_absent_columns_become_typed_nulls_and_new_ones_travel_as_json(place: SimpleNamespace) -> None:
    content = b'bill_payer_account_id,new_column,line_item_unblended_cost,other\n1,"a ""b"", c",2.5,\n1,,1,\n'
    aws_delivery(place.folder, {"acme-1.csv.gz": content})

    (receipt,) = place.land("aws_cur2").receipts

    assert receipt.drift.undeclared == ("new_column", "other")
    assert "line_item_usage_start_date" in receipt.drift.absent
    rows = place.query(
        "aws_cur2",
        "select _extra_columns, line_item_usage_start_date, typeof(line_item_usage_start_date) from landing.aws_cur2",
    )
    assert rows == [('{"new_column":"a \\"b\\", c"}', None, "TIMESTAMP"), (None, None, "TIMESTAMP")]
    drift = place.query("aws_cur2", "select drift from landing.deliveries")[0][0]
    assert json.loads(drift)["undeclared"] == ["new_column", "other"]


def test_carried_columns_are_known_and_travel_beside(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()})

    (receipt,) = place.land("aws_cur2").receipts

    assert receipt.drift.undeclared == ()
    rows = place.query("aws_cur2", "select line_item_operation, _extra_columns from landing.aws_cur2")
    assert rows == [("RunInstances", '{"identity_line_item_id":"id","line_item_operation":"RunInstances"}')]


def test_two_spellings_of_an_amount_are_refused(place: SimpleNamespace) -> None:
    header, row = cur().decode().splitlines()[:2]
    content = f"{header},Line_Item_Unblended_Cost\n{row},5\n".encode()

    assert "found the columns line_item_unblended_cost and Line_Item_Unblended_Cost, which both mean" in land_text(
        place, content
    )


def test_names_match_trimmed_and_without_regard_to_case(place: SimpleNamespace) -> None:
    header = CUR_HEADER.replace("bill_payer_account_id", "Bill_Payer_Account_ID ")
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(header=header)})

    assert place.land("aws_cur2").receipts[0].drift.absent == ()


def test_values_are_kept_as_they_are(place: SimpleNamespace) -> None:
    tags = '{"user_a": "x, y", "b": "line\r\nbreak", "c": "NULL"}'
    quoted = cur(cur_row(tags=tags), cur_row(tags="")).replace(b"RunInstances", b"NULL", 1)
    content = b"\xef\xbb\xbf" + quoted.replace(b'RunInstances,""', b"RunInstances,")
    aws_delivery(place.folder, {"acme-1.csv.gz": content})

    place.land("aws_cur2")

    rows = place.query(
        "aws_cur2", "select line_item_operation, resource_tags from landing.aws_cur2 order by _source_row"
    )
    assert rows == [("NULL", tags), ("RunInstances", None)]


@pytest.mark.parametrize("chunked", [False, True])
def test_mixed_line_ends_are_read_and_kept_inside_quotes(
    place: SimpleNamespace, chunked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if chunked:
        monkeypatch.setattr("orchestration.landing.inspection._BLOCK", 7)
    rows = [cur_row(str(number), tags='{"a": "1\r\n2\n3"}') for number in range(6)]
    content = CUR_HEADER + "\r\n" + "".join(row + ("\r\n", "\n")[number % 2] for number, row in enumerate(rows))
    write(place.folder, "unused.txt", b"")
    aws_delivery(place.folder, {"acme-1.csv.gz": content.encode()})

    (receipt,) = place.land("aws_cur2").receipts

    assert (receipt.row_count, receipt.billed_cost) == (6, 15)
    assert place.query("aws_cur2", "select distinct resource_tags from landing.aws_cur2") == [('{"a": "1\r\n2\n3"}',)]


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\n"])
def test_every_line_end_is_read(place: SimpleNamespace, ends: str) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(cur_row(), cur_row()).replace(b"\n", ends.encode())})

    assert place.land("aws_cur2").receipts[0].row_count == 2


def test_a_very_long_value_is_read(place: SimpleNamespace) -> None:
    tags = '{"a": "' + "x" * 3_000_000 + '"}'
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(cur_row(tags=tags))})

    place.land("aws_cur2")

    assert place.query("aws_cur2", "select length(resource_tags) from landing.aws_cur2") == [(len(tags),)]


def test_rows_are_numbered_in_file_order(place: SimpleNamespace) -> None:
    rows = [cur_row(str(number), account=f"{number:012d}") for number in range(300_000)]
    aws_delivery(place.folder, {"acme-1.csv": cur(*rows), "acme-2.csv.gz": cur(*rows[:5])})

    place.land("aws_cur2")

    out_of_place = place.query(
        "aws_cur2",
        "select count(*), count(distinct _charge_id) from landing.aws_cur2 "
        "where bill_payer_account_id::int + 1 = _source_row",
    )
    assert out_of_place == [(300_005, 300_005)]


def test_a_file_with_only_a_header_lands_as_no_rows(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": f"{CUR_HEADER}\n".encode()})

    (receipt,) = place.land("aws_cur2").receipts

    assert (receipt.row_count, receipt.billed_cost) == (0, 0)

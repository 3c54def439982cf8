from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from orchestration.estate import Estate, Source
from orchestration.home import Home
from orchestration.landing import in_force, register
from orchestration.landing.declared import DeclaredTable, declared_tables
from orchestration.landing.kinds import KINDS
from orchestration.landing.receipts import delivery_id, first_charge_id
from tests.python.landing.conftest import aws_delivery, cur, cur_row


def estate_of(folder: Path, *kinds: str) -> Estate:
    sources = tuple(Source(id=kind.replace("_", "-"), kind=kind, location=str(folder)) for kind in kinds)
    return Estate(path=folder / "estate.yml", reporting_currency="EUR", sources=sources)


def test_every_kind_has_a_view_with_its_declared_columns_before_anything_is_landed(tmp_path: Path) -> None:
    with duckdb.connect() as con:
        register(con, Home.of(tmp_path), estate_of(tmp_path, "focus"))
        for kind, table in declared_tables().items():
            described = con.execute(f'describe landing."{kind}"').fetchall()
            assert [(row[0], row[1].lower()) for row in described[: len(table.landed)]] == [
                (column.name, column.data_type) for column in table.landed
            ]
            assert con.execute(f'select count(*) from landing."{kind}"').fetchone() == (0,)


def test_every_kind_is_declared() -> None:
    assert set(declared_tables()) == set(KINDS)


def test_the_run_is_described(place: SimpleNamespace, tables: dict[str, DeclaredTable]) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(cur_row("1.25"))}, period="2026-05")
    aws_delivery(place.folder, {"acme-1.csv.gz": cur()}, period="2026-06")
    place.land("aws_cur2")
    estate = Estate(
        path=place.folder / "estate.yml",
        reporting_currency="EUR",
        sources=(Source(id="main", kind="aws_cur2", location=str(place.folder)),),
    )
    with duckdb.connect() as con:
        for _ in range(2):
            register(
                con,
                place.home,
                estate,
                billing_periods=["2026-05"],
                policy_revision="p",
                code_version="c",
                tables=tables,
            )

        assert con.execute("from landing.run_scope").fetchall() == [("2026-05",)]
        assert con.execute("from landing.run_context").fetchall() == [("EUR", "p", "c")]
        assert con.execute("select source_id, source_kind, billing_period from landing.partitions").fetchall() == [
            ("main", "aws_cur2", "2026-05"),
            ("main", "aws_cur2", "2026-06"),
        ]
        delivery = con.execute(
            "select delivery_id, source_id, source_kind, scope, in_force, delivered_at, file_count, row_count, "
            "declared_row_count, billed_cost::varchar, is_final from landing.deliveries "
            "where billing_period = '2026-05'"
        ).fetchone()
        fingerprints = con.execute("select fingerprint from landing.partitions").fetchall()
        register(con, place.home, estate, code_version="d", tables=tables)
        assert set(con.execute("select fingerprint from landing.partitions").fetchall()).isdisjoint(fingerprints)
    receipt = in_force(place.home, estate)[0]
    assert delivery == (
        receipt.delivery_id,
        "main",
        "aws_cur2",
        "cur/acme",
        True,
        dt.datetime(2026, 7, 2, 12),
        1,
        1,
        None,
        "1.250000000000",
        None,
    )


def test_a_column_declared_later_is_null_until_the_source_is_landed_again(
    place: SimpleNamespace, tables: dict[str, DeclaredTable]
) -> None:
    import dataclasses

    aws_delivery(place.folder, {"acme-1.csv.gz": cur()})
    place.land("aws_cur2")
    table = tables["aws_cur2"]
    promoted = tuple(
        dataclasses.replace(column, data_type="varchar") if column.name == "identity_line_item_id" else column
        for column in table.columns
    )
    newer = {**tables, "aws_cur2": dataclasses.replace(table, columns=promoted)}
    estate = Estate(
        path=place.folder / "estate.yml",
        reporting_currency="EUR",
        sources=(Source(id="main", kind="aws_cur2", location=str(place.folder)),),
    )
    with duckdb.connect() as con:
        register(con, place.home, estate, tables=newer)
        assert con.execute("select identity_line_item_id from landing.aws_cur2").fetchall() == [(None,)]
        from orchestration.landing import land_source

        (receipt,) = land_source(estate.sources[0], place.home, tables=newer).receipts
        register(con, place.home, estate, tables=newer)
        assert con.execute("select identity_line_item_id, _delivery_id from landing.aws_cur2").fetchall() == [
            ("id", receipt.delivery_id)
        ]


def test_a_delivery_is_named_by_its_content() -> None:
    identity = delivery_id("focus", "s", "2026-06", "costs", ["b", "a"])
    assert identity == delivery_id("focus", "s", "2026-06", "costs", ["a", "b"])
    assert len(identity) == 12
    others = [
        ("aws_focus", "s", "2026-06", "costs"),
        ("focus", "t", "2026-06", "costs"),
        ("focus", "s", "2026-07", "costs"),
    ]
    assert identity not in {delivery_id(*other, ["a", "b"]) for other in others}


@pytest.mark.parametrize("rows_before", [0, 1, 2**31 - 2])
def test_charge_identifiers_fit_a_bigint_and_keep_their_parts_apart(rows_before: int) -> None:
    number = 2**29 - 1
    charge = first_charge_id(number, rows_before) + (1 << 3)
    assert charge < 2**63
    assert (charge >> 34, charge >> 3 & (2**31 - 1), charge & 7) == (number, rows_before + 1, 0)

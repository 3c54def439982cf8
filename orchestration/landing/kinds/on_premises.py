"""Data centres of one's own, as two CSV files: a register of hosts and a ledger of what the facilities cost.

A host's row becomes one row per month that it is in service, with the month's depreciation; the ledger has a row per
month, site and category. Who bears how much of the ledger is worked out by the mapping
(`models/focus/focus__on_premises.sql`), not here.
"""

from __future__ import annotations

import re

from orchestration.landing.kinds.base import Kind, Rows
from orchestration.landing.kinds.file_sets import csv_file_sets
from orchestration.landing.kinds.registers import MOST_YEARS, Record, months_after, part, records, require
from orchestration.landing.moments import month_of

CATEGORIES = ("power", "cooling", "space", "staff", "network", "software", "other")
_ASSETS = ("host", "capex", "currency", "in_service", "life_months", "kw", "rack_units")
_LEDGER = ("month", "category", "amount", "currency")
_SHARED = ("site", "amount", "category", "host", "kw", "rack_units")
_MADE = ("record_type", "month_start", "subject", "register_row", "life_month")


def to_rows(path: str, content: bytes) -> Rows:
    """Return the months of a register's hosts, or the rows of a ledger; the header tells which of the two it is.

    Raises:
        DeliveryRefused: it is neither, a cell does not hold what it must, or a host or ledger row comes twice.
    """
    rows: list[dict[str, str | None]] = []
    columns: tuple[str, ...] = ()
    seen: dict[tuple[str, str], int] = {}
    for record in records(path, content):
        is_ledger = "category" in record.cells
        require(record, _LEDGER if is_ledger else _ASSETS)
        columns = tuple(record.cells)
        for row in _of_ledger(record) if is_ledger else _of_host(record):
            key = (str(row["subject"]), str(row["month_start"]))
            if key in seen and seen[key] != record.line:
                raise record.refused(
                    "category" if is_ledger else "host",
                    f"{row['subject']} once a month; line {seen[key]} has {key[1]} already",
                    "Add the two up, or correct the dates.",
                )
            seen[key] = record.line
            rows.append(row)
    made = tuple(name for name in (*_MADE, *_SHARED) if name not in columns)
    return Rows((*columns, *made), tuple({name: row.get(name) for name in (*columns, *made)} for row in rows))


def _of_ledger(record: Record) -> list[dict[str, str | None]]:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", record.cells["month"]):
        raise record.refused("month", "a month such as 2026-05", "Write the month as year and month.")
    category = record.cells["category"].lower()
    if category not in CATEGORIES:
        raise record.refused("category", "one of " + ", ".join(CATEGORIES), "Correct it; what fits none is `other`.")
    record.number_of("amount")
    given: dict[str, str | None] = {name: value or None for name, value in record.cells.items()}
    return [
        given
        | {
            "record_type": "ledger",
            "category": category,
            "month_start": f"{record.cells['month']}-01",
            "subject": f"{record.cells.get('site', '')}/{category}",
            "register_row": str(record.number),
        }
    ]


def _of_host(record: Record) -> list[dict[str, str | None]]:
    if not record.cells["host"]:
        raise record.refused("host", "the host's name", "Fill it in: its cost cannot be owned without it.")
    capex, life = record.number_of("capex"), record.number_of("life_months")
    if life != int(life) or not 1 <= life <= MOST_YEARS * 12:
        raise record.refused(
            "life_months", f"a whole number of months from 1 to {MOST_YEARS * 12}", "Correct the host's useful life."
        )
    for column in ("capex", "kw", "rack_units"):
        if record.number_of(column) < 0:
            raise record.refused(column, "a number that is not negative", "Correct the register.")
    start = record.date("in_service").replace(day=1)
    end = months_after(start, int(life))
    if record.cells.get("out_of_service"):
        end = record.last_date("out_of_service", record.date("in_service"))
    given: dict[str, str | None] = {name: value or None for name, value in record.cells.items()}
    rows = []
    month, number = start, 0
    while month < end:
        following = months_after(start, number + 1)
        # what is not depreciated when a host leaves is written off in its last month: in all, a host costs its capex
        done = int(life) if following >= end else number + 1
        amount = part(capex, done, int(life)) - part(capex, number, int(life))
        rows.append(
            given
            | {
                "record_type": "asset",
                "month_start": month.isoformat(),
                "subject": record.cells["host"],
                "register_row": str(record.number),
                "life_month": str(number + 1),
                "amount": str(amount),
            }
        )
        month, number = following, number + 1
    return rows


KIND = Kind(
    name="on_premises",
    file_sets=csv_file_sets,
    period_column="month_start",
    period_of=month_of,
    subject_columns=((), "subject"),
    only_begun_months=True,
    to_rows=to_rows,
)

"""Contracts for software as a service, as CSV files kept by whoever signs them.

A contract has a term, seats and a price per seat and billing interval. Each interval is billed once, at its start, and
used day by day. So a row of the file becomes one row per instalment and one per day, each in its month. The amounts of
days are worked out by the mapping (`models/focus/focus__saas_contracts.sql`), not here.
"""

from __future__ import annotations

import datetime as dt
import itertools

from orchestration.landing.kinds.base import Kind, Rows
from orchestration.landing.kinds.file_sets import csv_file_sets
from orchestration.landing.kinds.registers import Record, months_after, product, records, require
from orchestration.landing.moments import month_of

_MONTHS = {"monthly": 1, "quarterly": 3, "semi-annual": 6, "annual": 12}
_REQUIRED = (
    *("contract_id", "vendor", "product", "seats", "unit_price", "currency"),
    *("start", "end", "billing_frequency", "invoice_no"),
)
_MADE = (
    *("contract_row", "charge", "charge_date", "instalment", "instalment_count", "invoice"),
    *("billed_amount", "instalment_amount", "day_number", "day_count"),
)


def to_rows(path: str, content: bytes) -> Rows:
    """Return each contract's instalments and days.

    Raises:
        DeliveryRefused: a cell does not hold what it must, a term is not a whole number of billing intervals, or a
            contract of one product comes twice.
    """
    rows: list[dict[str, str | None]] = []
    columns: tuple[str, ...] = _REQUIRED
    seen: dict[tuple[str, ...], int] = {}
    for record in records(path, content):
        require(record, _REQUIRED)
        columns = tuple(record.cells)
        key = (record.cells["contract_id"], record.cells["product"], record.cells["start"])
        if key in seen:
            raise record.refused(
                "contract_id",
                f"each contract, product and start once; line {seen[key]} has them already",
                "Add the seats up in one row, or give the addition a contract_id of its own.",
            )
        seen[key] = record.line
        rows += _of_contract(record)
    return Rows((*columns, *_MADE), tuple(rows))


def _of_contract(record: Record) -> list[dict[str, str | None]]:
    for column in ("contract_id", "vendor", "product", "currency"):
        if not record.cells[column]:
            raise record.refused(column, "a value", "Fill it in: a charge cannot be placed without it.")
    amount = product(record.number_of("seats"), record.number_of("unit_price"))
    intervals = _intervals(record)
    numbers = [number.strip() for number in record.cells["invoice_no"].split(";")]
    given: dict[str, str | None] = {name: value or None for name, value in record.cells.items()}
    rows: list[dict[str, str | None]] = []
    for position, (start, end) in enumerate(intervals):
        common = given | {
            "contract_row": str(record.number),
            "instalment": str(position + 1),
            "instalment_count": str(len(intervals)),
            "invoice": (numbers[position] if position < len(numbers) else "") or None,
            "instalment_amount": str(amount),
        }
        days = (end - start).days
        rows.append(
            common
            | {"charge": "instalment", "charge_date": start.isoformat(), "billed_amount": str(amount)}
            | {"day_number": None, "day_count": str(days)}
        )
        rows += [
            common
            | {"charge": "day", "charge_date": (start + dt.timedelta(day)).isoformat(), "billed_amount": None}
            | {"day_number": str(day + 1), "day_count": str(days)}
            for day in range(days)
        ]
    return rows


def _intervals(record: Record) -> list[tuple[dt.date, dt.date]]:
    """Return the billing intervals of a contract's term, each with the first day after it."""
    start = record.date("start")
    end = record.last_date("end", start)
    frequency = record.cells["billing_frequency"].lower()
    if frequency == "once":
        return [(start, end)]
    if frequency not in _MONTHS:
        raise record.refused(
            "billing_frequency",
            "one of once, " + ", ".join(_MONTHS),
            "Correct it; an interval of another length is a row of its own, billed once.",
        )
    bounds = [start]
    while bounds[-1] < end:
        bounds.append(months_after(start, len(bounds) * _MONTHS[frequency]))
    if bounds[-1] != end:
        raise record.refused(
            "end",
            f"the first day after a whole number of {frequency} intervals, such as {bounds[-1]}",
            "`end` is the first day not covered any more; put a broken interval in a row of its own, billed once.",
        )
    return list(itertools.pairwise(bounds))


KIND = Kind(
    name="saas_contracts",
    file_sets=csv_file_sets,
    period_column="charge_date",
    period_of=month_of,
    subject_columns=(("vendor",), "contract_id"),
    only_begun_months=True,
    to_rows=to_rows,
)

"""Lines of invoices that no export holds (taxes, support, credits), as CSV files written from the documents.

A file holds whole months of its issuer's lines; the newest date in its name stands for a month it holds. Every line is
checked before any counts: these are the only amounts of a bill that a person has typed.
"""

from __future__ import annotations

import datetime as dt
import re

from orchestration.currencies import is_currency
from orchestration.landing.kinds.base import Kind, Rows
from orchestration.landing.kinds.file_sets import csv_file_sets
from orchestration.landing.kinds.registers import Record, records, require
from orchestration.landing.moments import month_of

CATEGORIES = ("Tax", "Purchase", "Credit", "Adjustment")
_REQUIRED = (
    "issuer",
    "invoice_id",
    "billing_account_id",
    "billing_period",
    "currency",
    "charge_category",
    "description",
    "amount",
)
_MADE = ("month_start", "file_line")


def to_rows(path: str, content: bytes) -> Rows:
    """Return the lines of a file, each with the line of the file it stands on.

    Raises:
        DeliveryRefused: a column is missing, a cell does not hold what it must, or a line's id comes twice.
    """
    rows: list[dict[str, str | None]] = []
    columns: tuple[str, ...] = ()
    seen: dict[tuple[str, str, str], int] = {}
    for record in records(path, content):
        require(record, _REQUIRED)
        columns = tuple(record.cells)
        row = _line(record)
        key = (str(row["issuer"]), str(row["invoice_id"]), str(row.get("line_id")))
        if row.get("line_id") and key in seen:
            raise record.refused(
                "line_id", f"a line of its own; line {seen[key]} has it already", "Remove the line, or number it anew."
            )
        seen[key] = record.line
        rows.append(row)
    names = (*columns, *_MADE) if rows else (*_REQUIRED, *_MADE)
    return Rows(names, tuple({name: row.get(name) for name in names} for row in rows))


def _line(record: Record) -> dict[str, str | None]:
    for column in ("issuer", "billing_account_id", "description"):
        if not record.cells[column]:
            raise record.refused(column, "a text", "Fill it in as the invoice says.")
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", record.cells["billing_period"]):
        raise record.refused("billing_period", "a month such as 2026-05", "Write the month as year and month.")
    if not is_currency(record.cells["currency"]):
        raise record.refused("currency", "an ISO 4217 currency code in capitals", "Write the code of the invoice.")
    category = next((known for known in CATEGORIES if known.lower() == record.cells["charge_category"].lower()), None)
    if category is None:
        raise record.refused(
            "charge_category",
            "one of " + ", ".join(CATEGORIES),
            "Support plans are a Purchase; what fits none is an Adjustment. Usage belongs to an export.",
        )
    if record.number_of("amount") > 0 and category == "Credit":
        raise record.refused("amount", "a credit, which is negative", "Write what the invoice deducts with a minus.")
    month_start = dt.date.fromisoformat(f"{record.cells['billing_period']}-01")
    start = record.date("charge_start") if record.cells.get("charge_start") else month_start
    if record.cells.get("charge_end") and record.date("charge_end") <= start:
        raise record.refused("charge_end", f"a day after {start.isoformat()}", "Write the first day not charged.")
    given: dict[str, str | None] = {name: value or None for name, value in record.cells.items()}
    return given | {
        "charge_category": category,
        "month_start": month_start.isoformat(),
        "file_line": str(record.line),
    }


KIND = Kind(
    name="invoice_lines",
    file_sets=csv_file_sets,
    period_column="month_start",
    period_of=month_of,
    subject_columns=(("issuer",), "billing_account_id"),
    to_rows=to_rows,
)

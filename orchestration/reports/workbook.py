"""Tables as an Excel workbook, one sheet each."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from orchestration.reports.document import Kind, Table, Value
from orchestration.reports.wording import shown

_MOST_ROWS = 1_048_576 - 2
_MOST_CHARACTERS = 32_767
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_workbook(path: Path, sheets: dict[str, Table], *, created: dt.datetime) -> None:
    """Write each table as a sheet; equal tables give equal bytes.

    Texts are cells of type text, and one that Excel would take for a formula when it is edited or saved as CSV is
    marked as text besides: a tag value cannot become a formula. Excel keeps 15 digits of a number; the exact amounts
    are in the page beside the workbook. A table longer than a sheet goes on in the next one.

    Args:
        path: the file to write.
        sheets: sheet name (at most 31 characters) → table.
        created: what the workbook says of its making; part of its bytes.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(str(path), options) as workbook:
        workbook.set_properties({"created": created})
        formats = {
            "head": workbook.add_format({"bold": True, "bg_color": "#F3F6F8", "bottom": 1, "text_wrap": True}),
            "total": workbook.add_format({"bold": True, "num_format": "#,##0.00##########", "top": 1}),
            "amount": workbook.add_format({"num_format": "#,##0.00##########"}),
            "date": workbook.add_format({"num_format": "yyyy-mm-dd"}),
            "quoted": workbook.add_format({"quote_prefix": True}),
        }
        for name, table in sheets.items():
            for number, first in enumerate(range(0, max(len(table.rows), 1), _MOST_ROWS)):
                title = name if number == 0 else f"{name[:26]} ({number + 1})"
                rows = table.rows[first : first + _MOST_ROWS]
                is_last = first + _MOST_ROWS >= len(table.rows)
                _write_sheet(workbook.add_worksheet(title), table, rows, table.totals if is_last else (), formats)


def _write_sheet(
    sheet: Any,
    table: Table,
    rows: tuple[tuple[Value, ...], ...],
    totals: tuple[tuple[Value, ...], ...],
    formats: dict[str, Any],
) -> None:
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, 24 if column.kind == "text" else 18)
    for index, column in enumerate(table.columns):
        sheet.write_string(0, index, column.title, formats["head"])
    for number, row in enumerate(rows, start=1):
        for index, value in enumerate(row):
            _write_cell(sheet, (number, index), value, table.columns[index].kind, formats)
    for number, row in enumerate(totals, start=1 + len(rows)):
        for index, value in enumerate(row):
            _write_cell(sheet, (number, index), value, table.columns[index].kind, formats, formats["total"])
    if rows:
        sheet.autofilter(0, 0, len(rows), len(table.columns) - 1)


def _write_cell(
    sheet: Any, at: tuple[int, int], value: Value, kind: Kind, formats: dict[str, Any], style: Any = None
) -> None:
    if value is None:
        return
    if isinstance(value, Decimal):
        sheet.write_number(*at, float(value), style or formats["amount"])
    elif isinstance(value, int | float) and kind != "text":
        sheet.write_number(*at, value, style)
    # Excel's calendar ends where ours does not
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime) and value.year < dt.MAXYEAR:
        sheet.write_datetime(*at, dt.datetime(value.year, value.month, value.day), style or formats["date"])
    else:
        # An identifier of 19 digits is a text: Excel would keep 15 of them
        text = shown(value)[:_MOST_CHARACTERS]
        is_risky = str(value).startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS)
        sheet.write_string(*at, text, formats["quoted"] if is_risky else style)

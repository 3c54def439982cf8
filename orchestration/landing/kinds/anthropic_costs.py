"""Anthropic's cost report, as pulled from its administration API: JSON pages, one file per pull.

A bucket is a day of UTC. Of each day, the newest pull counts. Amounts are text, in hundredths of the currency's unit.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Any

from orchestration.landing.kinds.base import Kind, Rows
from orchestration.landing.kinds.file_sets import json_file_sets
from orchestration.landing.kinds.json_pages import rows_of_pages
from orchestration.landing.moments import month_of, parse_time

_TOKENS = {"uncached_input_tokens", "cache_read_input_tokens", "cache_creation", "output_tokens", "server_tool_use"}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]{1,3})?")
_EXACT = Context(prec=100)


def to_rows(path: str, content: bytes) -> Rows:
    """Return a pull's results with the day they are of; ``cost`` is the amount in the currency's unit."""
    rows = rows_of_pages(
        path,
        content,
        start="starting_at",
        end="ending_at",
        amount="amount",
        time_of=time_of,
        is_other_report=lambda result: "amount" not in result and bool(_TOKENS & result.keys()),
    )
    return Rows(
        (*rows.columns, "cost"),
        tuple({**row, "cost": _in_units(row["amount"])} for row in rows.values),
        rows.types,
    )


def _in_units(hundredths: str | None) -> str | None:
    """Move the decimal point by two places; what is no number stays as it is, and is refused with its row."""
    if hundredths is None or not _NUMBER.fullmatch(hundredths):
        return hundredths
    return str(Decimal(hundredths).scaleb(-2, _EXACT))


def time_of(text: Any) -> str | None:
    """Return an ISO time as it is; None when it is no time."""
    return str(text) if isinstance(text, str) and parse_time(text) else None


KIND = Kind(
    name="anthropic_costs",
    file_sets=json_file_sets,
    period_column="starting_at",
    period_of=month_of,
    subject_columns=((), "workspace_id"),
    newest_per_value=True,
    to_rows=to_rows,
)

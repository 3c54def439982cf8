"""Google Cloud detailed usage cost, as Parquet or JSON lines by BigQuery's EXPORT DATA.

A month is an invoice month: its rows may lie in the files of several folders, since Google bills late rows, and rows
around midnight Pacific time, with the month they are invoiced in. So a delivery is every row of an invoice month over
all files that count, and a new file lands the month again as a whole.
"""

from __future__ import annotations

import json
import re

from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.bigquery_export import file_sets

_MONTH = re.compile(r"^[0-9]{4}(0[1-9]|1[0-2])$")


def period_of(invoice: str) -> str | None:
    """Return the month (YYYY-MM) of an `invoice` value, which is JSON text with `month` as YYYYMM."""
    try:
        document = json.loads(invoice)
    except json.JSONDecodeError:
        return None
    month = str(document.get("month") or "") if isinstance(document, dict) else ""
    return f"{month[:4]}-{month[4:]}" if _MONTH.match(month) else None


KIND = Kind(
    name="gcp_detailed",
    file_sets=file_sets,
    period_column="invoice",
    period_of=period_of,
    adds_up=True,
    watermark="export_time",
)

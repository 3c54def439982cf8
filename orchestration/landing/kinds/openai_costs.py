"""OpenAI's organization costs, as pulled from its administration API: JSON pages, one file per pull.

A bucket is a day of UTC. Amounts of recent days still change, so days are pulled again: of each day, the newest pull
counts. A pull's file is named for when it was made (`costs-20260603T060000Z.json`).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from orchestration.landing.kinds.base import Kind, Rows
from orchestration.landing.kinds.file_sets import json_file_sets
from orchestration.landing.kinds.json_pages import rows_of_pages
from orchestration.landing.moments import month_of


def to_rows(path: str, content: bytes) -> Rows:
    """Return a pull's results with the day they are of; times are written in ISO form instead of Unix seconds."""
    return rows_of_pages(
        path,
        content,
        start="start_time",
        end="end_time",
        amount="amount_value",
        time_of=time_of,
        is_other_report=lambda result: str(result.get("object")).startswith("organization.usage."),
    )


def time_of(seconds: Any) -> str | None:
    """Return Unix seconds as ISO time; None when it is no time."""
    if not re.fullmatch(r"\d{1,11}", str(seconds)):
        return None
    return dt.datetime.fromtimestamp(int(str(seconds)), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


KIND = Kind(
    name="openai_costs",
    file_sets=json_file_sets,
    period_column="start_time",
    period_of=month_of,
    subject_columns=((), "project_id"),
    newest_per_value=True,
    to_rows=to_rows,
)

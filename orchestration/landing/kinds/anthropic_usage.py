"""Anthropic's usage report of messages, as pulled from its administration API: JSON pages, one file per pull.

It carries no money. A bucket is a day of UTC, or an hour or minute of it; of each bucket, the newest pull counts.
"""

from __future__ import annotations

from orchestration.landing.kinds.anthropic_costs import time_of
from orchestration.landing.kinds.base import Kind, Rows
from orchestration.landing.kinds.file_sets import json_file_sets
from orchestration.landing.kinds.json_pages import rows_of_pages
from orchestration.landing.moments import month_of


def to_rows(path: str, content: bytes) -> Rows:
    """Return a pull's results with the bucket they are of."""
    return rows_of_pages(
        path,
        content,
        start="starting_at",
        end="ending_at",
        amount="uncached_input_tokens",
        time_of=time_of,
        is_other_report=lambda result: "amount" in result,
    )


KIND = Kind(
    name="anthropic_usage",
    file_sets=json_file_sets,
    period_column="starting_at",
    period_of=month_of,
    subject_columns=((), "workspace_id"),
    newest_per_value=True,
    to_rows=to_rows,
)

"""OpenAI's organization usage, as pulled from its administration API: JSON pages, one file per pull, without money.

Each of the API's reports that count tokens (completions, embeddings, moderations) is a scope of its own, which adds up.
A bucket is a day of UTC; of each day and report, the newest pull counts.
"""

from __future__ import annotations

from orchestration.landing.kinds.base import Kind, Rows
from orchestration.landing.kinds.file_sets import json_file_sets
from orchestration.landing.kinds.json_pages import rows_of_pages
from orchestration.landing.kinds.openai_costs import time_of
from orchestration.landing.moments import month_of

# Those that count tokens; images, sessions and stores have units of their own.
_REPORTS = tuple(f"organization.usage.{report}." for report in ("completions", "embeddings", "moderations"))


def to_rows(path: str, content: bytes) -> Rows:
    """Return a pull's results with the day they are of; times are written in ISO form instead of Unix seconds."""
    return rows_of_pages(
        path,
        content,
        start="start_time",
        end="end_time",
        amount="input_tokens",
        time_of=time_of,
        is_other_report=lambda result: not str(result.get("object")).startswith(_REPORTS),
    )


KIND = Kind(
    name="openai_usage",
    file_sets=json_file_sets,
    period_column="start_time",
    period_of=month_of,
    subject_columns=(("object",), "project_id"),
    newest_per_value=True,
    to_rows=to_rows,
)

"""Tokens of AI models from any gateway or meter: CSV, Parquet or JSON lines, a row per call or per total. No money.

Of each hour, the newest file of a name that holds it counts.
"""

from __future__ import annotations

from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.file_sets import log_file_sets
from orchestration.landing.moments import month_of

KIND = Kind(
    name="ai_usage",
    file_sets=log_file_sets,
    period_column="time",
    period_of=month_of,
    by_hour=True,
    newest_per_value=True,
)

"""LiteLLM's log of calls, its table LiteLLM_SpendLogs: JSON lines, CSV or Parquet, a row per call.

Every file of the location counts. A call that is in several of them has one request_id, by which it is told (in the
models) that it is one call; so files may overlap, and a log may grow.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestration.errors import DeliveryRefused
from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.file_sets import log_file_sets
from orchestration.landing.moments import month_of

_OF_DAILY_TABLES = {"api_requests", "successful_requests", "failed_requests"}


def check_columns(path: str, names: Sequence[str]) -> None:
    """Refuse LiteLLM's daily tables (LiteLLM_DailyUserSpend and the like)."""
    found = sorted(_OF_DAILY_TABLES & {name.lower() for name in names})
    if found and "request_id" not in {name.lower() for name in names}:
        raise DeliveryRefused(
            path,
            found=f"one of LiteLLM's tables of daily totals (column {found[0]}, no request_id)",
            expected="the table LiteLLM_SpendLogs, a row per call",
            cure="Export LiteLLM_SpendLogs. The daily tables by user, team, organization, tag and so on are "
            "overlapping views of the same calls: added up, or beside the log, every call would count several times.",
        )


KIND = Kind(
    name="litellm_spend_logs",
    file_sets=log_file_sets,
    period_column="startTime",
    period_of=month_of,
    by_hour=True,
    adds_up=True,
    check_columns=check_columns,
)

"""Snowflake's ORGANIZATION_USAGE.USAGE_IN_CURRENCY_DAILY, as CSV or Parquet without a manifest.

Snowflake adjusts days until the month closes, so a file holds whole months, and is named for when it was made.
"""

from __future__ import annotations

from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.file_sets import file_sets
from orchestration.landing.moments import month_of

KIND = Kind(
    name="snowflake_usage",
    file_sets=file_sets,
    period_column="USAGE_DATE",
    period_of=month_of,
    subject_columns=(("ORGANIZATION_NAME",), "ACCOUNT_NAME"),
)

"""Databricks' system.billing.usage with the prices in force, as CSV or Parquet without a manifest.

The table is only appended to: retractions and restatements of a day arrive later, each with the day it was added. So
a file named for when it was made holds whole months, which replace what was there, or what was added since, which adds
up.
"""

from __future__ import annotations

from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.file_sets import file_sets
from orchestration.landing.moments import month_of

KIND = Kind(
    name="databricks_usage",
    file_sets=file_sets,
    period_column="usage_date",
    period_of=month_of,
    subject_columns=(("account_id",), "workspace_id"),
    watermark="ingestion_date",
)

"""Google Cloud's FOCUS export (preview), as Parquet or JSON lines by BigQuery's EXPORT DATA.

The table holds months of invoices like the detailed export, so its runs are read in the same way; a row's month is
that of its BillingPeriodStart, which is midnight Pacific time or UTC.
"""

from __future__ import annotations

from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.bigquery_export import file_sets
from orchestration.landing.moments import month_of

KIND = Kind(
    name="gcp_focus",
    file_sets=file_sets,
    period_column="BillingPeriodStart",
    period_of=month_of,
    adds_up=True,
    watermark="x_ExportTime",
)

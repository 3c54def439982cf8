"""What Kubernetes workloads used: CSV or Parquet files in one declared column set, by the hour or the day. No money.

Of each interval (an hour or a day) the newest file that holds it counts, so files of an hour, a day or a month lie side
by side, and a day that is measured again replaces the day.
"""

from __future__ import annotations

from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.file_sets import file_sets
from orchestration.landing.moments import month_of

KIND = Kind(
    name="kubernetes_usage",
    file_sets=file_sets,
    period_column="start",
    period_of=month_of,
    subject_columns=(("cluster",), "record"),
    subject_name="record",
    newest_per_value=True,
)

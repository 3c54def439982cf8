"""Cost reports of Oracle Cloud Infrastructure: `reports/cost-csv/<number>-<part>.csv.gz`."""

from __future__ import annotations

from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.oci_files import file_sets
from orchestration.landing.moments import month_of

KIND = Kind(
    name="oci_cost",
    file_sets=file_sets,
    period_column="lineItem/intervalUsageStart",
    period_of=month_of,
    adds_up=True,
    is_append_only=True,
)

"""FOCUS reports of Oracle Cloud Infrastructure: `FOCUS Reports/<yyyy>/<mm>/<dd>/<number>-<part>.csv.gz`."""

from __future__ import annotations

from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.oci_files import file_sets
from orchestration.landing.moments import billing_month_of

KIND = Kind(
    name="oci_focus",
    file_sets=file_sets,
    period_column="BillingPeriodStart",
    period_of=billing_month_of,
    adds_up=True,
    is_append_only=True,
)

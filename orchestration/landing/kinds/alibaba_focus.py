"""FOCUS bills of Alibaba Cloud, in times of UTC+8: a file per day, then one for the whole month."""

from __future__ import annotations

from orchestration.landing.kinds.alibaba_files import file_sets
from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.focus import PROVIDER_COLUMNS
from orchestration.landing.moments import billing_month_of

KIND = Kind(
    name="alibaba_focus",
    file_sets=file_sets,
    period_column="BillingPeriodStart",
    period_of=billing_month_of,
    subject_columns=(PROVIDER_COLUMNS, "BillingAccountId"),
    month_file_replaces_days=True,
)

"""Bills of Alibaba Cloud by billing item or by instance: a file per day, then one for the whole month."""

from __future__ import annotations

from orchestration.landing.kinds.alibaba_files import file_sets
from orchestration.landing.kinds.base import Kind
from orchestration.landing.moments import billing_month_of

KIND = Kind(
    name="alibaba_billing_detail",
    file_sets=file_sets,
    period_column="BillingCycle",
    period_of=billing_month_of,
    subject_columns=((), "AccountID"),
    month_file_replaces_days=True,
)

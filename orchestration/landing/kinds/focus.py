"""FOCUS Cost and Usage files of any version and provider, CSV or Parquet, without a manifest."""

from __future__ import annotations

from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.file_sets import file_sets
from orchestration.landing.moments import billing_month_of

PROVIDER_COLUMNS = ("ServiceProviderName", "ProviderName", "Provider", "InvoiceIssuerName")

KIND = Kind(
    name="focus",
    file_sets=file_sets,
    period_column="BillingPeriodStart",
    period_of=billing_month_of,
    subject_columns=(PROVIDER_COLUMNS, "BillingAccountId"),
)

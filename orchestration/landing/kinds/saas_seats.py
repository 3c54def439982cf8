"""Who holds the seats of software contracts: CSV or Parquet snapshots, a row per day, contract and holder. No money."""

from __future__ import annotations

from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.file_sets import file_sets
from orchestration.landing.moments import month_of

KIND = Kind(name="saas_seats", file_sets=file_sets, period_column="date", period_of=month_of)

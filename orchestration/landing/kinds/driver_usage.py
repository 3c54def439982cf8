"""Quantities that drive splits: CSV files with date, driver, scope, target and quantity. They carry no money."""

from __future__ import annotations

from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.file_sets import file_sets
from orchestration.landing.moments import month_of

KIND = Kind(name="driver_usage", file_sets=file_sets, period_column="date", period_of=month_of)

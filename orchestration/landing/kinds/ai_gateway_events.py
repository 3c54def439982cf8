"""What the AI gateway decided: CSV files that its plug-in writes once. They carry no money."""

from __future__ import annotations

from orchestration.landing.kinds.base import Kind
from orchestration.landing.kinds.file_sets import csv_file_sets
from orchestration.landing.moments import month_of

KIND = Kind(name="ai_gateway_events", file_sets=csv_file_sets, period_column="time", period_of=month_of)

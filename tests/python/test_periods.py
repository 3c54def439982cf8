"""Months before and after a month."""

from __future__ import annotations

import pytest

from orchestration.periods import month_before, months_around, moved


@pytest.mark.parametrize(("month", "before"), [("2026-10", "2026-09"), ("2026-01", "2025-12")])
def test_the_month_before(month: str, before: str):
    assert month_before(month) == before


@pytest.mark.parametrize(("months", "expected"), [(0, "2026-12"), (1, "2027-01"), (-12, "2025-12"), (-24, "2024-12")])
def test_a_month_is_moved_over_the_turn_of_a_year(months: int, expected: str):
    assert moved("2026-12", months) == expected


def test_the_months_around_one_are_told_oldest_first():
    assert months_around("2026-01", before=2, after=1) == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert months_around("2026-01") == ["2026-01"]

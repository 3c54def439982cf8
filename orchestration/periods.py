"""Months as the line names them, ``YYYY-MM``: those before and after one."""

from __future__ import annotations


def moved(billing_period: str, months: int) -> str:
    """Return the month that lies ``months`` after a month; before it, where that is negative."""
    year, month = (int(part) for part in billing_period.split("-"))
    year, month = divmod(year * 12 + month - 1 + months, 12)
    return f"{year:04}-{month + 1:02}"


def month_before(billing_period: str) -> str:
    """Return the month before a month."""
    return moved(billing_period, -1)


def months_around(billing_period: str, *, before: int = 0, after: int = 0) -> list[str]:
    """Return a month with as many before it and after it, oldest first."""
    return [moved(billing_period, months) for months in range(-before, after + 1)]

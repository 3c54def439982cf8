"""Times as providers write them."""

from __future__ import annotations

import datetime as dt
import re

_WITHOUT_SECONDS = re.compile(r"^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?!:)")
_NANOSECONDS = re.compile(r"(\.\d{6})\d+")
_UTC = re.compile(r"\s*UTC$")
_CYCLE = re.compile(r"(?P<year>20\d{2})-?(?P<month>0[1-9]|1[0-2])")
_FURTHEST_EAST = dt.timedelta(hours=14)


def parse_time(text: str) -> dt.datetime | None:
    """Read an ISO date or time as UTC without zone; None if it is neither.

    The T, the seconds and the zone may be absent, ``UTC`` may stand for ``Z``, and there may be any number of decimals.
    """
    plain = _UTC.sub("Z", _NANOSECONDS.sub(r"\1", _WITHOUT_SECONDS.sub(r"\1T\2:00", text.strip())))
    try:
        time = dt.datetime.fromisoformat(plain)
    except ValueError:
        return None
    return time.astimezone(dt.UTC).replace(tzinfo=None) if time.tzinfo else time


def month_of(text: str) -> str | None:
    """Return the UTC month (YYYY-MM) of a date or time; None if it is neither."""
    time = parse_time(text)
    return time.strftime("%Y-%m") if time else None


def billing_month_of(text: str) -> str | None:
    """Return the billing month (YYYY-MM) of the start of a billing period, or of a billing cycle; None for other text.

    A month begins at midnight where the provider bills. So a start within 14 hours of the first midnight of a month in
    UTC, on a quarter of an hour, is that midnight in some zone (the models' ``aligned_to_month``): 2026-04-30T16:00Z
    and 2026-05-01T00:00+08:00 are May. Any other start (an anniversary) is of the month it lies in. ``2026-05`` and
    ``202605`` are cycles.
    """
    cycle = _CYCLE.fullmatch(text.strip())
    if cycle:
        return f"{cycle['year']}-{cycle['month']}"
    start = parse_time(text)
    if start is None:
        return None
    is_midnight = start.time() == dt.time()
    is_on_a_quarter = start.minute % 15 == 0 and start.second == start.microsecond == 0
    moved = start + _FURTHEST_EAST
    first = moved.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if not is_midnight and is_on_a_quarter and moved - first <= 2 * _FURTHEST_EAST:
        start = moved
    return start.strftime("%Y-%m")

"""Times as providers write them."""

from __future__ import annotations

import datetime as dt
import re

_WITHOUT_SECONDS = re.compile(r"^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?!:)")
_NANOSECONDS = re.compile(r"(\.\d{6})\d+")
_UTC = re.compile(r"\s*UTC$")


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

"""Months and time slots of an estate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month; ``first`` is its first day."""

    first: date

    @classmethod
    def of(cls, day: date) -> Month:
        """Return the month that holds ``day``."""
        return cls(day.replace(day=1))

    @property
    def next(self) -> Month:
        """The month after."""
        return Month.of(self.first + timedelta(days=32))

    @property
    def previous(self) -> Month:
        """The month before."""
        return Month.of(self.first - timedelta(days=1))

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.next.first - self.first).days

    @property
    def last(self) -> date:
        """The last day."""
        return self.next.first - timedelta(days=1)

    @property
    def key(self) -> str:
        """``YYYY-MM``."""
        return f"{self.first:%Y-%m}"

    def day(self, number: int) -> date:
        """Return the ``number``-th day, 1-based, or the last one."""
        return self.first.replace(day=min(number, self.days))


@dataclass(frozen=True)
class Slot:
    """A half-open time interval in UTC that a billing line covers."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Calendar:
    """The months of an estate, oldest first, and the last day that has usage.

    ``until`` earlier than the last day of the last month means that month is still open.
    """

    months: tuple[Month, ...]
    until: date

    @classmethod
    def ending(cls, end: date, months: int) -> Calendar:
        """``months`` months, the last of which holds ``end``."""
        wanted = [Month.of(end)]
        while len(wanted) < months:
            wanted.insert(0, wanted[0].previous)
        return cls(tuple(wanted), end)

    @property
    def middle(self) -> Month:
        """The month in which things change on the 17th."""
        return self.months[(len(self.months) - 1) // 2]

    @property
    def change(self) -> date:
        """The day of the re-organisation."""
        return self.middle.day(17)

    def is_open(self, month: Month) -> bool:
        """Whether the month is not over yet."""
        return self.until < month.last

    def days(self, month: Month) -> int:
        """Return number of days of the month that have usage."""
        return min(month.days, (self.until - month.first).days + 1)


def at(day: date, zone: str = "UTC", hour: int = 0) -> datetime:
    """Return an hour of a local day as UTC."""
    local = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def day_slots(month: Month, days: int, zone: str = "UTC") -> list[Slot]:
    """One slot per local day."""
    starts = [month.first + timedelta(days=n) for n in range(days)]
    return [Slot(at(day, zone), at(day + timedelta(days=1), zone)) for day in starts]


def hour_slots(month: Month, days: int, zone: str = "UTC") -> list[Slot]:
    """Twenty-four slots of an hour per local day, counted from its midnight."""
    slots = []
    for day in day_slots(month, days, zone):
        for hour in range(24):
            start = day.start + timedelta(hours=hour)
            slots.append(Slot(start, start + timedelta(hours=1)))
    return slots


def month_slot(month: Month, zone: str = "UTC") -> Slot:
    """Return the whole month."""
    return Slot(at(month.first, zone), at(month.next.first, zone))

"""Billing lines as parallel integer arrays: what all providers share before each writes its own columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from orchestration.sample.calendar import Calendar, Month, Slot, day_slots, hour_slots, month_slot
from orchestration.sample.company import Outcome, Ownership
from orchestration.sample.money import QUANTITY, Bools, Ints, cost

HOUR, DAY, MONTH = "hour", "day", "month"


@dataclass(slots=True)
class Stream:
    """One meter of one resource: everything about its lines that time does not change.

    Attributes:
        constants: native columns, by the provider's own names; absent ones are empty.
        kind: what the lines are, for the truth (``usage``, ``savings_plan_covered``, ``tax``, …).
        ownership: who owns it, dated.
        grain: ``hour``, ``day`` or ``month``; how often a line is written.
        per_day: quantity a day, in 10^-4 units.
        rate: unit price billed, in 10^-10; ``list_rate`` the public one, ``effective_rate`` the amortised one.
        steady: quantity does not vary.
        first_day, last_day: its life.
        flags: whatever the provider module needs to find the stream again.

    """

    constants: dict[str, Any]
    kind: str
    ownership: Ownership
    grain: str = DAY
    per_day: int = 0
    rate: int = 0
    list_rate: int = 0
    effective_rate: int = 0
    steady: bool = False
    first_day: date = date.min
    last_day: date = date.max
    flags: dict[str, Any] = field(default_factory=dict)


@dataclass
class Outcomes:
    """Numbers for outcomes, and a table of the outcome of each stream on each day."""

    known: list[Outcome] = field(default_factory=list)
    _numbers: dict[Outcome, int] = field(default_factory=dict)

    def number(self, outcome: Outcome) -> int:
        """Return the outcome's number, the same for equal outcomes."""
        if outcome not in self._numbers:
            self._numbers[outcome] = len(self.known)
            self.known.append(outcome)
        return self._numbers[outcome]

    def table(self, streams: Sequence[Stream], first: date, days: int) -> np.ndarray[Any, np.dtype[np.int16]]:
        """Outcome number by stream and day, counted from ``first``."""
        table = np.empty((len(streams), days), dtype=np.int16)
        for row, stream in enumerate(streams):
            table[row, :] = self.number(stream.ownership[0][1])
            for since, outcome in stream.ownership[1:]:
                table[row, min(max((since - first).days, 0), days) :] = self.number(outcome)
        return table


@dataclass
class Lines:
    """Lines of one provider and billing month, in the order they are written.

    ``stream`` indexes the provider's streams, ``slot`` the month's ``slots``. Amounts are in 10^-10 of the billing
    currency. ``listed`` says whether ``list_cost`` is asserted. ``emitted`` is false for a line that becomes no FOCUS
    charge. ``extra`` holds the provider's own integer columns.
    """

    slots: list[Slot]
    stream: Ints
    slot: Ints
    quantity: Ints
    native: Ints
    billed: Ints
    effective: Ints
    list_cost: Ints
    listed: Bools
    emitted: Bools
    extra: dict[str, Ints] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.stream)

    def take(self, rows: Ints) -> Lines:
        """Return some of the lines."""
        return Lines(
            self.slots,
            self.stream[rows],
            self.slot[rows],
            self.quantity[rows],
            self.native[rows],
            self.billed[rows],
            self.effective[rows],
            self.list_cost[rows],
            self.listed[rows],
            self.emitted[rows],
            {name: values[rows] for name, values in self.extra.items()},
        )

    def slot_dates(self) -> Ints:
        """Return the charge date of each line as a proleptic ordinal: the UTC day its slot starts."""
        ordinals = np.array([slot.start.date().toordinal() for slot in self.slots], dtype=np.int64)
        return ordinals[self.slot]


@dataclass(frozen=True)
class Event:
    """A single line: ``native`` is the amount in the provider's own cost column."""

    stream: int
    slot: Slot
    native: int
    billed: int
    effective: int
    quantity: int = 0
    list_cost: int | None = None
    extra: dict[str, int] = field(default_factory=dict)


class Addition(ABC):
    """Things on a cloud's bill that are made outside of the bill's own module: clusters, models."""

    @abstractmethod
    def events(self, month: Month) -> list[Event]:
        """Return their lines of a billing month, in the order they are written."""


def gather(slots: list[Slot], parts: Sequence[Lines]) -> Lines:
    """One after another; the parts share ``slots``; an extra column that a part lacks is zero there."""
    names = list(dict.fromkeys(name for part in parts for name in part.extra))
    return Lines(
        slots,
        np.concatenate([part.stream for part in parts]),
        np.concatenate([part.slot for part in parts]),
        np.concatenate([part.quantity for part in parts]),
        np.concatenate([part.native for part in parts]),
        np.concatenate([part.billed for part in parts]),
        np.concatenate([part.effective for part in parts]),
        np.concatenate([part.list_cost for part in parts]),
        np.concatenate([part.listed for part in parts]),
        np.concatenate([part.emitted for part in parts]),
        {
            name: np.concatenate(
                [part.extra[name] if name in part.extra else np.zeros(len(part), dtype=np.int64) for part in parts]
            )
            for name in names
        },
    )


def event_lines(slots: list[Slot], events: Sequence[Event]) -> Lines:
    """Lines of single events; their slots are appended to ``slots``."""
    position: dict[Slot, int] = {slot: index for index, slot in enumerate(slots)}
    for event in events:
        if event.slot not in position:
            position[event.slot] = len(slots)
            slots.append(event.slot)
    names = list(dict.fromkeys(name for event in events for name in event.extra))

    def column(values: Sequence[int]) -> Ints:
        return np.array(values, dtype=np.int64)

    return Lines(
        slots,
        column([event.stream for event in events]),
        column([position[event.slot] for event in events]),
        column([event.quantity for event in events]),
        column([event.native for event in events]),
        column([event.billed for event in events]),
        column([event.effective for event in events]),
        column([event.list_cost or 0 for event in events]),
        np.array([event.list_cost is not None for event in events], dtype=np.bool_),
        np.ones(len(events), dtype=np.bool_),
        {name: column([event.extra.get(name, 0) for event in events]) for name in names},
    )


@dataclass
class Clock:
    """The slots of a month: hours first, then days, then the whole month."""

    month: Month
    slots: list[Slot]
    first: dict[str, int]
    count: dict[str, int]

    @classmethod
    def of(cls, calendar: Calendar, month: Month, zone: str = "UTC") -> Clock:
        """Return the regular slots of a month as far as it has usage."""
        days = calendar.days(month)
        hours, whole_days = hour_slots(month, days, zone), day_slots(month, days, zone)
        slots = [*hours, *whole_days, month_slot(month, zone)]
        first = {HOUR: 0, DAY: len(hours), MONTH: len(hours) + len(whole_days)}
        return cls(month, slots, first, {HOUR: len(hours), DAY: len(whole_days), MONTH: 1})


def usage(streams: Sequence[Stream], chosen: Sequence[int], clock: Clock, rng: np.random.Generator) -> Lines:
    """Metered lines of the chosen streams: one per slot of each stream's grain within its life."""
    parts: list[tuple[Ints, Ints, Ints]] = []
    month_first = clock.month.first
    for grain, per_grain in ((HOUR, 24), (DAY, 1), (MONTH, 0)):
        members = np.array([index for index in chosen if streams[index].grain == grain], dtype=np.int64)
        if not len(members):
            continue
        count = clock.count[grain]
        days = clock.count[DAY]
        base = np.array([streams[index].per_day for index in members], dtype=np.int64)
        base = base // per_grain if per_grain else base * days
        stream = np.repeat(members, count)
        step = np.tile(np.arange(count, dtype=np.int64), len(members))
        quantity = np.repeat(base, count)
        steady = np.repeat(np.array([streams[index].steady for index in members]), count)
        noise = rng.integers(84, 117, len(stream))
        quantity = np.where(steady, quantity, quantity * noise // 100)
        whole = np.repeat(
            np.array([any(price % QUANTITY for price in _prices(streams[index])) for index in members]), count
        )
        quantity = np.where(whole, np.maximum(quantity // QUANTITY, 1) * QUANTITY, np.maximum(quantity, 1))
        if grain != MONTH:
            day = step // (24 if grain == HOUR else 1)
            born = np.array([max((streams[index].first_day - month_first).days, -1) for index in members])
            died = np.array([min((streams[index].last_day - month_first).days, 400) for index in members])
            alive = (day >= np.repeat(born, count)) & (day <= np.repeat(died, count))
            stream, step, quantity = stream[alive], step[alive], quantity[alive]
        parts.append((stream, step + clock.first[grain], quantity))
    if parts:
        stream, slot, quantity = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    else:
        stream = slot = quantity = np.empty(0, dtype=np.int64)
    rates = np.array([item.rate for item in streams], dtype=np.int64)
    lists = np.array([item.list_rate for item in streams], dtype=np.int64)
    billed = cost(rates[stream], quantity)
    return Lines(
        clock.slots,
        stream,
        slot,
        quantity,
        billed,
        billed.copy(),
        billed.copy(),
        cost(lists[stream], quantity),
        np.ones(len(stream), dtype=np.bool_),
        np.ones(len(stream), dtype=np.bool_),
    )


def _prices(stream: Stream) -> tuple[int, int, int]:
    return stream.rate, stream.list_rate, stream.effective_rate


@dataclass(frozen=True)
class Plan:
    """How many resources and how often each writes a line, so that about ``rows`` lines a month come out."""

    resources: int
    hourly: float
    monthly: float

    def grain(self, rng: np.random.Generator) -> str:
        """Return the grain of one stream."""
        draw = float(rng.random())
        if draw < self.hourly:
            return HOUR
        return MONTH if draw < self.hourly + self.monthly else DAY


def plan(rows_a_month: int, *, share: float, fixed_rows: int, running: float = 0.0) -> Plan:
    """Resources grow with the 3/4th power of rows: more rows are mostly more hours of the same things.

    Args:
        rows_a_month: lines wanted from this provider in a month.
        share: this provider's share of the company's lines.
        fixed_rows: lines that come anyway (shared services, fees, taxes).
        running: share of the resources that are never billed monthly.

    """
    total = rows_a_month / share
    resources = max(int(330 * share * (total / 10_000) ** 0.75), 30)
    each = max(rows_a_month - fixed_rows, resources) / resources
    days = 29.0
    if each <= days:
        return Plan(resources, 0.0, min((days - each) / (days - 1) / (1 - running), 1.0))
    return Plan(resources, min((each - days) / (23 * days), 1.0), 0.0)


def spends(count: int, total: int, rng: np.random.Generator, *, sigma: float = 0.9) -> list[int]:
    """``count`` skewed monthly amounts that sum to about ``total`` (10^-10 units)."""
    weights = np.exp(rng.normal(0.0, sigma, count))
    scaled = weights / weights.sum()
    return [int(total * float(weight)) for weight in scaled]


def shift(day: date, days: int) -> date:
    """Return some days later."""
    return day + timedelta(days=days)

"""Pulls of an AI vendor's cost API: JSON pages of daily buckets, in which recent days are pulled again."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from orchestration.sample.accounts import Accounts
from orchestration.sample.calendar import Month, Slot, at, day_slots
from orchestration.sample.chance import generator
from orchestration.sample.company import Company, Ownership
from orchestration.sample.deliveries import Delivery, Placed, WrittenFile, write_json, written
from orchestration.sample.lines import Addition, Event, Lines, event_lines, shift
from orchestration.sample.money import QUANTITY, Ints
from orchestration.sample.placement import Evidence
from orchestration.sample.providers.small import SmallBill, whole

# the second pull of a month starts with this day; the first one ends two days later, so that some days come twice
PULLED_AGAIN_FROM = 21
_PULLED_ON = 23


@dataclass(frozen=True)
class Key:
    """A key to the API that a team was given; ``weight`` is its part of what its project uses."""

    key_id: str
    ownership: Ownership
    weight: int


@dataclass(frozen=True)
class KeyUsage:
    """What a key used of a model on a day, in tokens by the kind that the bill charges apart."""

    day: date
    key: Key
    stream: int
    tokens: dict[str, int]


class CostApiBill(SmallBill):
    """An organization's bill by the day, pulled twice a month: of a day in both pulls, the newer one counts."""

    report: str
    page_days = 31
    additions: list[Addition]
    keys: tuple[Key, ...] = ()
    """The keys of the project or workspace that several teams share; the vendor meters them, and bills them as one."""

    def __init__(self, company: Company, accounts: Accounts, evidence: Evidence, seed: int) -> None:
        self.additions = []
        super().__init__(company, accounts, evidence, seed)

    @abstractmethod
    def metered_by_key(self, stream: int) -> tuple[str, str] | None:
        """Return the model and kind of token of a stream whose use is metered by key; None when it is not."""

    @abstractmethod
    def write_key_usage(self, location: Path, month: Month, used: list[KeyUsage], moment: datetime) -> None:
        """Write the usage report of a month as the API answers when it is asked for one project's."""

    def key_usage(self, month: Month, lines: Lines) -> Iterator[KeyUsage]:
        """Divide what the shared project used among its keys; the parts are the bill's quantity."""
        rng = generator(self.seed, f"{self.source_id}-keys-{month.key}")
        used: dict[tuple[int, str], tuple[int, dict[str, int]]] = {}
        for row in range(len(lines)):
            what = self.metered_by_key(int(lines.stream[row]))
            if what:
                model, kind = what
                _, tokens = used.setdefault((int(lines.slot[row]), model), (int(lines.stream[row]), {}))
                tokens[kind] = int(lines.quantity[row]) // QUANTITY
        for (slot, _), (stream, tokens) in sorted(used.items()):
            weights = [key.weight * int(rng.integers(60, 141)) for key in self.keys]
            left = dict(tokens)
            for position, (key, weight) in enumerate(zip(self.keys, weights, strict=True)):
                is_last = position == len(weights) - 1
                parts = {kind: left[kind] if is_last else tokens[kind] * weight // sum(weights) for kind in tokens}
                left = {kind: left[kind] - parts[kind] for kind in tokens}
                yield KeyUsage(lines.slots[slot].start.date(), key, stream, parts)

    def lines(self, month: Month) -> Lines:
        """Every line of a billing month, by day."""
        events = self._events(month) + [event for addition in self.additions for event in addition.events(month)]
        return event_lines([], sorted(events, key=lambda event: event.slot.start))

    def _events(self, month: Month) -> list[Event]:
        return self._metered(month, [index for index, stream in enumerate(self.streams) if stream.per_day])

    @abstractmethod
    def gateway_stream(self, model: str, kind: str, price: str) -> int:
        """Add what the company's gateway is billed for a kind of token of a model, at a price per token."""

    @abstractmethod
    def bucket(self, slot: Slot, results: list[dict[str, Any]]) -> dict[str, Any]:
        """Return a day with its results, as the API answers."""

    @abstractmethod
    def result(self, lines: Lines, row: int) -> dict[str, Any]:
        """Return a line, as the API answers."""

    def page(self, buckets: list[dict[str, Any]], following: str | None) -> dict[str, Any]:
        """Return the API's answer with some days."""
        return {"data": buckets, "has_more": following is not None, "next_page": following}

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write the pulls of every month."""
        delivered: list[tuple[Delivery, list[Placed]]] = []
        for month, lines in months.items():
            days = lines.slot_dates() - month.first.toordinal() + 1
            last = self.calendar.days(month)
            placed: list[Placed] = []
            if last >= _PULLED_ON:
                moment = at(month.day(_PULLED_ON), hour=6)
                early = self._before_revision(lines)
                file, rows = self._pull(location, month, early, days, 1, _PULLED_ON - 1, moment)
                kept = np.flatnonzero(days[rows] < PULLED_AGAIN_FROM)
                placed.append(Placed(file, month, rows[kept], kept + 1))
            first = PULLED_AGAIN_FROM if placed else 1
            closing = shift(month.next.first, 2) if not self.calendar.is_open(month) else shift(self.calendar.until, 1)
            file, rows = self._pull(location, month, lines, days, first, last, at(closing, hour=6))
            placed.append(Placed(file, month, rows, whole(lines)[: len(rows)] + 1))
            files = [item.file for item in placed]
            delivery = Delivery(self.source_id, month.key, self.report, f"{closing:%Y%m%d}T060000Z", True, files)
            delivered.append((delivery, placed))
        return delivered

    def _before_revision(self, lines: Lines) -> Lines:
        """Return the lines as a pull has them whose last days are not settled yet."""
        early = lines.take(whole(lines))
        unsettled = lines.slot_dates() >= lines.slot_dates().min() + PULLED_AGAIN_FROM - 1
        early.billed = np.where(unsettled, lines.billed // 2 // 10_000 * 10_000, lines.billed)
        return early

    def _pull(
        self, location: Path, month: Month, lines: Lines, days: Ints, first: int, last: int, moment: datetime
    ) -> tuple[WrittenFile, Ints]:
        """Write a pull of some days; returns it and its lines in order."""
        rows = np.flatnonzero((days >= first) & (days <= last))
        buckets = []
        for number, slot in enumerate(day_slots(month, last)[first - 1 :], start=first):
            of_day = np.flatnonzero(days == number)
            buckets.append(self.bucket(slot, [self.result(lines, int(row)) for row in of_day]))
        pages = []
        for start in range(0, len(buckets), self.page_days):
            more = start + self.page_days < len(buckets)
            pages.append(self.page(buckets[start : start + self.page_days], f"page_{start}" if more else None))
        path = f"{self.report}-{moment:%Y%m%dT%H%M%SZ}.json"
        write_json(location, path, pages if len(pages) > 1 else pages[0])
        return written(location, path, len(rows)), rows


def number(text: str) -> float:
    """Return a JSON number with the digits of a decimal text, which has at most fifteen of them."""
    value = float(text)
    if len(json.dumps(abs(value)).replace(".", "").lstrip("0")) > 15 and "e" not in json.dumps(value):
        raise ValueError(f"{text} does not fit a JSON number as APIs write it")
    return value

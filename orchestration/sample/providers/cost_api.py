"""Pulls of an AI vendor's cost API: JSON pages of daily buckets, in which recent days are pulled again."""

from __future__ import annotations

import json
from abc import abstractmethod
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from orchestration.sample.calendar import Month, Slot, at, day_slots
from orchestration.sample.deliveries import Delivery, Placed, WrittenFile, write_json, written
from orchestration.sample.lines import Event, Lines, shift
from orchestration.sample.money import Ints
from orchestration.sample.providers.small import SmallBill, whole

# the second pull of a month starts with this day; the first one ends two days later, so that some days come twice
PULLED_AGAIN_FROM = 21
_PULLED_ON = 23


class CostApiBill(SmallBill):
    """An organization's bill by the day, pulled twice a month: of a day in both pulls, the newer one counts."""

    report: str
    page_days = 31

    def _events(self, month: Month) -> list[Event]:
        return self._metered(month, range(len(self.streams)))

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

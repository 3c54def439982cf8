"""Usage feeds: daily meter readings that shared costs are split by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from orchestration.sample.chance import generator, pick
from orchestration.sample.company import REORGANISED_PRODUCT, Company
from orchestration.sample.deliveries import write_rows
from orchestration.sample.money import QUANTITY, plain
from orchestration.sample.providers.aws import NAT_REGIONS

SOURCE_ID = "drivers"
HEADER = ["date", "driver", "scope", "target", "quantity"]


class Reading(NamedTuple):
    """A meter reading; ``quantity`` in 10^-4 units."""

    day: date
    driver: str
    scope: str
    target: str
    quantity: int


def readings(company: Company, seed: int) -> list[Reading]:
    """Every reading of the estate: nothing of ``cdn-gb`` in the middle month, zeros of ``ci-minutes`` in the last."""
    calendar = company.calendar
    rng = generator(seed, "feeds")
    products = [product for product in company.products if product != REORGANISED_PRODUCT]
    chosen: dict[str, list[tuple[str, str]]] = {}
    for driver, count in (("nat-gb", 14), ("slot-hours", 9), ("cdn-gb", 6), ("ci-minutes", 8)):
        picked: list[tuple[str, str]] = []
        while len(picked) < count:
            pair = (pick(rng, products), pick(rng, ("prod", "staging"), (3, 1)))
            if pair not in picked:
                picked.append(pair)
        if driver in {"nat-gb", "slot-hours"}:
            picked.append((REORGANISED_PRODUCT, "prod"))
        chosen[driver] = picked
    sizes = {
        (driver, pair): int(rng.integers(5_000, 900_000)) * 10 for driver, pairs in chosen.items() for pair in pairs
    }
    rows: list[Reading] = []
    last = calendar.months[-1]
    for day in _days(company):
        for driver, pairs in chosen.items():
            if driver == "cdn-gb" and calendar.middle.first <= day <= calendar.middle.last:
                continue
            for pair in pairs:
                for scope in NAT_REGIONS if driver == "nat-gb" else ("",):
                    quantity = sizes[(driver, pair)] * int(rng.integers(70, 131)) // 100
                    if driver == "ci-minutes" and day >= last.first:
                        quantity = 0
                    rows.append(Reading(day, driver, scope, _domain(company, pair, day), quantity))
    return rows + _small_readings(company, generator(seed, "small-feeds"))


def _small_readings(company: Company, rng: np.random.Generator) -> list[Reading]:
    """Return the readings that the pools of small bills are divided by."""
    products = [product for product in company.products if product != REORGANISED_PRODUCT]
    sizes: dict[tuple[str, str], int] = {}
    for driver, count, most in (("warehouse-credits", 7, 60), ("model-tokens", 9, 90_000), ("vm-hours", 8, 240)):
        for position in rng.permutation(len(products))[:count]:
            sizes[(driver, f"{products[position]} prod")] = int(rng.integers(most // 10, most)) * QUANTITY
    centres = {company.general(centre): int(rng.integers(8, 60)) for centre in company.cost_centres}
    rows = []
    for day in _days(company):
        for (driver, owner), size in sizes.items():
            product, environment = owner.split()
            quantity = size * int(rng.integers(80, 121)) // 100
            rows.append(Reading(day, driver, "", _domain(company, (product, environment), day), quantity))
        # people come and go at the turn of the month
        turn = day.month % 3
        for position, (domain, seats) in enumerate(centres.items()):
            rows.append(Reading(day, "office-seats", "", domain, (seats + (position + turn) % 3) * QUANTITY))
    return rows


def _days(company: Company) -> Iterator[date]:
    day = company.calendar.months[0].first
    while day <= company.calendar.until:
        yield day
        day += timedelta(days=1)


def _domain(company: Company, pair: tuple[str, str], day: date) -> str:
    history = company.domain_history(*pair)
    return [domain for since, domain in history if day >= since][-1]


def write_feeds(folder: Path, rows: list[Reading]) -> None:
    """One file per month with every driver."""
    months = dict.fromkeys(f"{row.day:%Y-%m}" for row in rows)
    for month in months:
        lines = [
            [row.day.isoformat(), row.driver, row.scope, row.target, plain(row.quantity, 4)]
            for row in rows
            if f"{row.day:%Y-%m}" == month
        ]
        write_rows(folder / f"driver_usage-{month}.csv", HEADER, lines)

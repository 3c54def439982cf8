"""Usage feeds: daily meter readings that shared costs are split by, and what vendors and registers meter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from orchestration.sample.accounts import Accounts
from orchestration.sample.calendar import Month, at
from orchestration.sample.chance import generator, pick
from orchestration.sample.company import REORGANISED_PRODUCT, Company, in_force
from orchestration.sample.deliveries import write_rows
from orchestration.sample.lines import Lines, shift
from orchestration.sample.money import QUANTITY, plain
from orchestration.sample.pools import CODING_DRIVER, PROTOTYPES_DRIVER, SEATS_CONTRACT, SEATS_DRIVER
from orchestration.sample.providers.aws import NAT_REGIONS
from orchestration.sample.providers.cost_api import CostApiBill

# source, kind and folder of what is measured without money, as the estate file names them
FEEDS = (
    ("drivers", "driver_usage", "driver_usage"),
    ("openai-usage", "openai_usage", "openai_usage"),
    ("anthropic-usage", "anthropic_usage", "anthropic_usage"),
    ("saas-seats", "saas_seats", "saas_seats"),
)
HEADER = ["date", "driver", "scope", "target", "quantity"]
SEATS_HEADER = ["date", "contract_id", "holder", "account_id", "domain_id", "seats"]


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
    for driver, count, most in (("warehouse-credits", 7, 60), ("vm-hours", 8, 240)):
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
            rows.append(Reading(day, SEATS_DRIVER, "", domain, (seats + (position + turn) % 3) * QUANTITY))
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
    """One file per month with every driver that is measured by the company itself."""
    elsewhere = {SEATS_DRIVER, PROTOTYPES_DRIVER, CODING_DRIVER}
    for month, of_month in _by_month(row for row in rows if row.driver not in elsewhere):
        lines = [[row.day.isoformat(), row.driver, row.scope, row.target, plain(row.quantity, 4)] for row in of_month]
        write_rows(folder / f"driver_usage-{month}.csv", HEADER, lines)


def write_seats(folder: Path, rows: list[Reading], accounts: Accounts) -> None:
    """One snapshot per month of who holds the office seats: a unit of the account hierarchy, or a domain."""
    units = {domain_id: unit for unit, _, _, domain_id in accounts.units if domain_id}
    for month, of_month in _by_month(row for row in rows if row.driver == SEATS_DRIVER):
        lines = []
        for row in of_month:
            unit = units.get(row.target, "")
            holder = row.target.split(".", maxsplit=1)[0]
            owner = [unit, ""] if unit else ["", row.target]
            lines.append([row.day.isoformat(), SEATS_CONTRACT, holder, *owner, plain(row.quantity, 4)])
        write_rows(folder / f"seats-{month.replace('-', '')}01.csv", SEATS_HEADER, lines)


def write_key_usage(folder: Path, bill: CostApiBill, months: dict[Month, Lines]) -> list[Reading]:
    """Write what a vendor metered by key, a pull per month, and return it as readings of the pools it divides."""
    rows = []
    for month, lines in months.items():
        used = list(bill.key_usage(month, lines))
        bill.write_key_usage(folder, month, used, at(shift(month.next.first, 2), hour=6))
        for item in used:
            owner = in_force(item.key.ownership, item.day).domain_id
            if owner is None:
                raise AssertionError(f"{item.key.key_id} is nobody's")
            driver, kinds = _METERED[bill.source_id]
            quantity = sum(item.tokens[kind] for kind in kinds) * QUANTITY
            rows.append(Reading(item.day, driver, "", owner, quantity))
    return rows


# by vendor: the driver that its usage report measures, and what it counts
_METERED = {
    "openai": (PROTOTYPES_DRIVER, ("input", "output")),
    "anthropic": (CODING_DRIVER, ("output_tokens",)),
}


def _by_month(rows: Iterator[Reading]) -> Iterator[tuple[str, list[Reading]]]:
    months: dict[str, list[Reading]] = {}
    for row in rows:
        months.setdefault(f"{row.day:%Y-%m}", []).append(row)
    yield from months.items()

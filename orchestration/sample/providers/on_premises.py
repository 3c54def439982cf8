"""Data centres of the company's own: a register of hosts and a ledger of what the rooms cost, in kroner."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from orchestration.sample.calendar import Month, month_slot
from orchestration.sample.chance import digits
from orchestration.sample.company import NOBODY, Outcome, Ownership, always, pooled
from orchestration.sample.deliveries import Delivery, Placed, write_csv
from orchestration.sample.lines import Event, Lines, shift
from orchestration.sample.money import cents, money, plain, round_to_cents
from orchestration.sample.providers.small import InvoiceOf, SmallBill, whole

_HOSTS = ["host", "site", "capex", "currency", "in_service", "life_months", "kw", "rack_units", "out_of_service",
          "serial"]  # fmt: skip
_LEDGER = ["month", "site", "category", "amount", "currency", "account"]
LIFE_MONTHS = 60
# site: what its rooms cost a month, by category
_SITES = {
    "osl1": {"power": "412000", "cooling": "96500", "space": "188000", "staff": "240000"},
    "fra1": {"power": "131000", "space": "87400.5", "network": "42300"},
}


@dataclass(frozen=True)
class Host:
    """A machine; ``monthly`` is its straight-line depreciation; kilowatts in tenths."""

    name: str
    site: str
    monthly: str
    kw: int
    rack_units: int
    ownership: Ownership


class DataCentres(SmallBill):
    """Two rooms of hosts: named for a product, known to the CMDB, hypervisors for everybody, one nobody knows."""

    source_id = "on-premises"
    kind = "on_premises"
    currency = "NOK"
    issuer = "On-premises"
    tax_beside = 0
    bounded = True

    def _make(self) -> None:
        company = self.company
        hosts = [
            *(Host(f"hv-{number:02d}", "osl1", "9800", 12, 2, pooled("virtualisation", "naming"))
              for number in (1, 2, 3, 4)),
            Host("routing-prod-db01", "osl1", "21500.25", 18, 4, company.owned("routing", "prod", "naming")),
            Host("routing-prod-db02", "osl1", "21500.25", 18, 4, company.owned("routing", "prod", "naming")),
            Host("customs-staging-app01", "osl1", "4100", 6, 2, company.owned("customs", "staging", "naming")),
            Host("s-osl-0113", "osl1", "7350", 9, 2, company.owned("payouts", "prod", "cmdb")),
            Host("s-osl-0114", "osl1", "7350", 9, 2, always(Outcome(company.general("CC-2020"), None, "cmdb"))),
            Host("s-osl-0199", "osl1", "2600", 5, 1, always(NOBODY)),
            Host("s-fra-0021", "fra1", "16200", 16, 4, company.owned("wallet", "prod", "cmdb")),
            Host("s-fra-0022", "fra1", "16200", 16, 4, company.owned("settlement", "prod", "cmdb")),
            Host("registry-prod-01", "fra1", "3900", 4, 1, company.owned("registry", "prod", "naming")),
        ]  # fmt: skip
        self._rule("virtualisation", "naming", "Hypervisors carry machines of every team.", name_regex="^hv-[0-9]+$",
                   pool_id="virtualisation")  # fmt: skip
        self._hosts = hosts
        for host in hosts:
            if host.ownership[0][1].method == "cmdb":
                self.evidence.cmdb.append((host.name, "", host.ownership))
        self._depreciation = {host.name: self._add("depreciation", host.ownership, part=host.name) for host in hosts}
        self._shares = {
            (category, host.name): self._add("facility", host.ownership, part=host.name)
            for site, categories in _SITES.items()
            for category in categories
            for host in hosts
            if host.site == site
        }

    def _events(self, month: Month) -> list[Event]:
        slot = month_slot(month)
        events = []
        for host in self._hosts:
            amount = money(host.monthly)
            row = {"begins_row": 1}
            events.append(Event(self._depreciation[host.name], slot, amount, amount, amount, extra=row))
        for site, category, total in self._ledger(month):
            hosts = sorted((host for host in self._hosts if host.site == site), key=lambda host: host.name)
            weights = [_weight(host, category) for host in hosts]
            done = 0
            for number, host in enumerate(hosts):
                before = _part(total, done, sum(weights))
                done += weights[number]
                amount = _part(total, done, sum(weights)) - before
                first = int(number == 0)
                index = self._shares[(category, host.name)]
                events.append(Event(index, slot, total * first, amount, amount, extra={"begins_row": first}))
        return events

    def _ledger(self, month: Month) -> list[tuple[str, str, int]]:
        """Return what the rooms cost: site, category, amount."""
        number = self.calendar.months.index(month)
        return [
            # power is dearer in the cold
            (site, category, round_to_cents(money(text) * (100 + (3 * number if category == "power" else 0)) // 100))
            for site, categories in _SITES.items()
            for category, text in categories.items()
        ]

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's internal statement: what the books say the rooms and machines cost."""
        return [(f"DC-{month.first:%Y-%m}", self.source_id, self.issuer, whole(lines))]

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write the register, and the ledger as it was booked and then corrected."""
        since = self.calendar.months[0].previous.previous.first
        register = [
            [host.name, host.site, cents(money(host.monthly) * LIFE_MONTHS), self.currency, since.isoformat(),
             str(LIFE_MONTHS), plain(host.kw, 1), str(host.rack_units), "", digits(self._rng, 9)]
            for host in self._hosts
        ]  # fmt: skip
        booked = [
            [month.key, site, category, cents(amount), self.currency, "6340"]
            for month in months
            for site, category, amount in self._ledger(month)
        ]
        made = f"{shift(self.calendar.months[-1].next.first, 4):%Y%m%d}"
        earlier = f"{shift(self.calendar.months[0].next.first, 4):%Y%m%d}"
        keys = ",".join(month.key for month in months)
        hosts_file = write_csv(location, f"hosts-{made}.csv", _HOSTS, register)
        ledger_file = write_csv(location, f"ledger-{made}.csv", _LEDGER, booked)
        first = [row for row in booked if row[0] == next(iter(months)).key]
        estimates = [[*row[:3], f"{int(float(row[3]))}.00", *row[4:]] for row in first]
        old: list[tuple[Delivery, list[Placed]]] = []
        if made != earlier:
            estimate_file = write_csv(location, f"ledger-{earlier}.csv", _LEDGER, estimates)
            old.append((Delivery(self.source_id, first[0][0], "ledger", earlier, False, [estimate_file]), []))
        of_hosts, of_ledger = [], []
        for position, (month, lines) in enumerate(months.items()):
            count = len(self._hosts)
            rows = whole(lines)
            of_hosts.append(Placed(hosts_file, month, rows[:count], rows[:count] + 1))
            entry = np.cumsum(lines.extra["begins_row"][count:]) + position * len(first)
            of_ledger.append(Placed(ledger_file, month, rows[count:], entry))
        return [
            *old,
            (Delivery(self.source_id, keys, "hosts", made, True, [hosts_file]), of_hosts),
            (Delivery(self.source_id, keys, "ledger", made, True, [ledger_file]), of_ledger),
        ]


def _weight(host: Host, category: str) -> int:
    """Return what a host bears of a category in proportion to."""
    if category in {"power", "cooling"}:
        return host.kw
    return host.rack_units if category == "space" else 1


def _part(total: int, done: int, weights: int) -> int:
    return round(Fraction(total * done, weights))

"""SaaS contracts, as whoever signs them keeps them: seats paid in advance, used day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from orchestration.sample.calendar import Month, Slot, at
from orchestration.sample.company import NOBODY, Outcome, Ownership, always, pooled
from orchestration.sample.deliveries import Delivery, Placed, write_csv
from orchestration.sample.lines import Event, Lines, shift
from orchestration.sample.money import money
from orchestration.sample.providers.small import InvoiceOf, SmallBill

_HEADER = [
    "contract_id", "vendor", "product", "seats", "unit_price", "currency", "start", "end", "billing_frequency",
    "invoice_no", "signed_by",
]  # fmt: skip
_MONTHS = {"monthly": 1, "quarterly": 3, "annual": 12}


@dataclass(frozen=True)
class Contract:
    """A contract of a year; ``price`` per seat and billing interval; ``bought`` and ``used`` are its streams."""

    contract_id: str
    vendor: str
    product: str
    seats: int
    price: str
    start: Month
    frequency: str
    bought: int
    used: int

    def intervals(self) -> list[tuple[date, date, str]]:
        """Return the billing intervals: first day, first day after, number of the invoice."""
        months = [self.start]
        while len(months) <= 12:
            months.append(months[-1].next)
        step = _MONTHS[self.frequency]
        return [
            (months[index].first, months[index + step].first, f"{self.contract_id}-{index // step + 1:02d}")
            for index in range(0, 12, step)
        ]

    @property
    def amount(self) -> int:
        """What an interval costs."""
        return self.seats * money(self.price)


class SaasContracts(SmallBill):
    """Office seats for everybody, a sales cloud, an acquired company's workspace, tools."""

    source_id = "saas"
    kind = "saas_contracts"
    currency = "EUR"
    tax_beside = 25
    bounded = True

    def _make(self) -> None:
        company, first = self.company, self.calendar.months[0]
        self._contracts: list[Contract] = []
        self._sign("M365-2026", "Microsoft", "Microsoft 365 E5", 840, "612", first, "annual", pooled("office-seats"))
        self._rule("shared-office-seats", "default", "Everybody has a seat.", resource_id="M365-2026",
                   pool_id="office-seats")  # fmt: skip
        sales = always(Outcome(company.general("CC-1040"), None, "cmdb"))
        self._sign("SFDC-0042", "Salesforce", "Sales Cloud", 130, "432", first.previous.previous, "quarterly", sales)
        self.evidence.cmdb.append(("SFDC-0042", "", sales))
        workspace = always(Outcome(company.general("CC-2040"), None, "default"))
        self._sign("GWS-118", "Google", "Google Workspace", 260, "17.25", first.previous, "monthly", workspace)
        self._rule("saas-lockers", "default", "The lockers' people kept their own office.", resource_id="GWS-118",
                   domain_id=company.general("CC-2040"))  # fmt: skip
        devportal = company.owned("devportal", "prod", "cmdb")
        self._sign("ATL-77", "Atlassian", "Jira Cloud", 400, "7.9", first.previous, "monthly", devportal)
        self.evidence.cmdb.append(("ATL-77", "", devportal))
        self._sign("FIG-9", "Figma", "Figma Organization", 40, "45", first, "monthly", always(NOBODY))

    def _sign(
        self,
        contract_id: str,
        vendor: str,
        product: str,
        seats: int,
        price: str,
        start: Month,
        frequency: str,
        ownership: Ownership,
    ) -> None:
        bought = self._add("saas_instalment", ownership, part="Purchase")
        used = self._add("saas_day", ownership, part="Usage")
        self._contracts.append(Contract(contract_id, vendor, product, seats, price, start, frequency, bought, used))

    def _events(self, month: Month) -> list[Event]:
        events = []
        for contract in self._contracts:
            for start, end, _ in contract.intervals():
                days = (end - start).days
                if month.first <= start <= month.last:
                    events.append(Event(contract.bought, _day(start), contract.amount, contract.amount, 0))
                for number in range(days):
                    day = shift(start, number)
                    if month.first <= day <= month.last:
                        amount = contract.amount * (number + 1) // days - contract.amount * number // days
                        events.append(Event(contract.used, _day(day), 0, 0, amount))
        return events

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return an invoice per instalment."""
        return [
            (number, contract.contract_id, contract.vendor, np.flatnonzero(lines.stream == contract.bought))
            for contract in self._contracts
            for start, _, number in contract.intervals()
            if month.first <= start <= month.last
        ]

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write the list of contracts: every line is of its contract's row."""
        rows = [
            [contract.contract_id, contract.vendor, contract.product, str(contract.seats), contract.price,
             self.currency, contract.start.first.isoformat(), contract.intervals()[-1][1].isoformat(),
             contract.frequency, ";".join(number for _, _, number in contract.intervals()), "cio"]
            for contract in self._contracts
        ]  # fmt: skip
        made = f"{self.calendar.months[0].first:%Y%m%d}"
        file = write_csv(location, f"contracts-{made}.csv", _HEADER, rows)
        contract_of = np.array([index // 2 + 1 for index in range(len(self.streams))], dtype=np.int64)
        placed = [
            Placed(file, month, np.arange(len(lines), dtype=np.int64), contract_of[lines.stream])
            for month, lines in months.items()
        ]
        scope = Delivery(self.source_id, ",".join(month.key for month in months), "contracts", made, True, [file])
        return [(scope, placed)]


def _day(day: date) -> Slot:
    return Slot(at(day), at(day) + timedelta(days=1))

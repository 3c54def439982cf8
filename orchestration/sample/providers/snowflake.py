"""Snowflake: USAGE_IN_CURRENCY_DAILY of the organization, unloaded once a month, amounts rounded to cents."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from orchestration.sample.calendar import Month, Slot, at
from orchestration.sample.chance import digits, generator, hexadecimal
from orchestration.sample.company import NOBODY, always, pooled
from orchestration.sample.deliveries import Delivery, Placed, write_csv
from orchestration.sample.lines import Event, Lines, shift
from orchestration.sample.money import cents, money, plain, round_to_cents
from orchestration.sample.providers.small import InvoiceOf, SmallBill, whole

_HEADER = [
    "ORGANIZATION_NAME", "CONTRACT_NUMBER", "ACCOUNT_NAME", "ACCOUNT_LOCATOR", "REGION", "SERVICE_LEVEL", "USAGE_DATE",
    "USAGE_TYPE", "USAGE", "CURRENCY", "USAGE_IN_CURRENCY", "BALANCE_SOURCE", "BILLING_TYPE", "RATING_TYPE",
    "SERVICE_TYPE", "IS_ADJUSTMENT",
]  # fmt: skip
_ORGANIZATION = "HALDEN"
# service type: rating type, price in euros
_SERVICES = {
    "WAREHOUSE_METERING": ("compute", "2.6"),
    "CLOUD_SERVICES": ("compute", "2.6"),
    "STORAGE": ("storage", "0.75"),
    "DATA_TRANSFER": ("data transfer", "18.4"),
}
OVERAGE_FROM = 26


class SnowflakeBill(SmallBill):
    """Four accounts: a warehouse for everybody, two of products, one nobody claims."""

    source_id = "snowflake"
    kind = "snowflake_usage"
    currency = "EUR"
    issuer = "Snowflake"
    tax_beside = 25

    def _make(self) -> None:
        self._metered_streams: list[int] = []
        accounts = (
            ("ANALYTICS", "AWS_EU_CENTRAL_1", pooled("snowflake"), (210, 14, 38, 3)),
            ("FORECAST", "AWS_EU_CENTRAL_1", self.company.owned("forecast", "prod", "account"), (64, 0, 9, 0)),
            ("RISKSCORE", "AZURE_WESTEUROPE", self.company.owned("riskscore", "prod", "account"), (41, 0, 6, 0)),
            ("SCRATCH", "AWS_EU_CENTRAL_1", always(NOBODY), (5, 0, 0, 0)),
        )
        for name, region, ownership, amounts in accounts:
            locator = f"{hexadecimal(self._rng, 2).upper()}{digits(self._rng, 5)}"
            self._open(locator, f"snowflake-{name.lower()}", ownership if ownership[0][1].method == "account" else None)
            if name == "ANALYTICS":
                self._rule("shared-snowflake", "default", "One warehouse serves every team's queries.",
                           sub_account_id=locator, pool_id="snowflake")  # fmt: skip
            for (service, (_, price)), amount in zip(_SERVICES.items(), amounts, strict=True):
                if amount:
                    index = self._add("usage", ownership, rate=price, per_day=amount, service=service)
                    self._place(index, name, locator, region)
                    self._metered_streams.append(index)
            if name == "ANALYTICS":
                self._overage = self._add("overage", ownership, service="WAREHOUSE_METERING", balance="overage")
                self._place(self._overage, name, locator, region)
                self._adjustment = self._add("adjustment", pooled("adjustments"), service="WAREHOUSE_METERING")
                self._place(self._adjustment, name, locator, region)
        self._rule("snowflake-support", "default", "Support is for the shared warehouse's users.",
                   service_name="PRIORITY_SUPPORT", pool_id="snowflake")  # fmt: skip
        self._support = self._add("support", pooled("snowflake"), service="PRIORITY_SUPPORT")
        self._rebate = self._add("credit", pooled("credits"), service="DATA_EXCHANGE_REBATE")

    def _place(self, index: int, name: str, locator: str, region: str) -> None:
        self.streams[index].constants.update(ACCOUNT_NAME=name, ACCOUNT_LOCATOR=locator, REGION=region)

    def _events(self, month: Month) -> list[Event]:
        events: list[Event] = []
        for event in self._metered(month, self._metered_streams):
            amount = round_to_cents(event.billed)
            events.append(Event(event.stream, event.slot, amount, amount, amount, event.quantity // 10 * 10))
            stream = self.streams[event.stream]
            is_shared = stream.constants["ACCOUNT_NAME"] == "ANALYTICS"
            if is_shared and stream.flags["service"] == "WAREHOUSE_METERING" and event.slot.start.day >= OVERAGE_FROM:
                # the capacity of the month is used up: the rest of the day comes as a row of its own, at a higher price
                quantity = event.quantity // 4 // 10 * 10
                over = round_to_cents(money("3.1") * quantity // 10_000)
                events.append(Event(self._overage, event.slot, over, over, over, quantity))
        first = Slot(at(month.first), at(shift(month.first, 1)))
        support = money("640")
        events.append(Event(self._support, first, support, support, support))
        if not self.calendar.is_open(month):
            end = Slot(at(month.last), at(month.next.first))
            for index, amount in ((self._adjustment, money("-118.4")), (self._rebate, money("-92.15"))):
                events.append(Event(index, end, amount, amount, amount))
        return sorted(events, key=lambda event: event.slot.start)

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's usage statement: the whole organization's."""
        return [(f"SF-{month.first:%Y%m}-{digits(generator(self.seed, f'snowflake-{month.key}'), 5)}",
                 _ORGANIZATION, self.issuer, whole(lines))]  # fmt: skip

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write a file per month, made on the 3rd of the next; the next month's first days in it are superseded."""
        delivered: list[tuple[Delivery, list[Placed]]] = []
        for month, lines in months.items():
            made = shift(month.next.first, 2) if not self.calendar.is_open(month) else shift(self.calendar.until, 1)
            rows = [self._row(lines, row) for row in range(len(lines))]
            following = months.get(month.next)
            if following is not None:
                early = np.flatnonzero(following.slot_dates() < made.toordinal())
                rows += [self._row(following, int(row)) for row in early]
            run = f"{made:%Y%m%d}"
            file = write_csv(location, f"usage_in_currency_daily-{run}.csv", _HEADER, rows)
            delivery = Delivery(self.source_id, month.key, "usage_in_currency_daily", run, True, [file])
            delivered.append((delivery, [Placed(file, month, whole(lines), whole(lines) + 1)]))
        return delivered

    def _row(self, lines: Lines, row: int) -> list[str]:
        stream = self.streams[lines.stream[row]]
        service = str(stream.flags["service"])
        rating = _SERVICES.get(service, ("compute", ""))[0]
        billing = {"support": "priority support", "credit": "rebate"}.get(stream.kind, "consumption")
        balance = {"support": "overage", "credit": "rebate", "overage": "overage"}.get(stream.kind, "capacity")
        start = lines.slots[lines.slot[row]].start
        values = {
            "ORGANIZATION_NAME": _ORGANIZATION,
            "CONTRACT_NUMBER": "C-2041",
            "SERVICE_LEVEL": "Enterprise",
            "USAGE_DATE": f"{start:%Y-%m-%d}",
            "USAGE_TYPE": service.lower().replace("_", " "),
            "USAGE": plain(int(lines.quantity[row]), 4),
            "CURRENCY": self.currency,
            "USAGE_IN_CURRENCY": cents(int(lines.billed[row])),
            "BALANCE_SOURCE": balance,
            "BILLING_TYPE": billing,
            "RATING_TYPE": billing if stream.kind == "support" else rating,
            "SERVICE_TYPE": service,
            "IS_ADJUSTMENT": "true" if stream.kind == "adjustment" else "false",
            **stream.constants,
        }
        return [str(values.get(column, "")) for column in _HEADER]

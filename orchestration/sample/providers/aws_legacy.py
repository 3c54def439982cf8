"""Amazon Web Services as an acquired company gets it: the Cost and Usage Report of before Data Exports."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from orchestration.sample.calendar import Month, Slot, at, month_slot
from orchestration.sample.chance import digits, generator, hexadecimal, word
from orchestration.sample.company import Ownership, pooled
from orchestration.sample.deliveries import Delivery, Placed, WrittenFile, names, write_csv, write_json
from orchestration.sample.lines import Event, Lines, Stream, shift
from orchestration.sample.money import QUANTITY, money, plain, round_to_cents
from orchestration.sample.providers.small import InvoiceOf, SmallBill, whole

REPORT = "parcel-cur"
_BUCKET = "parcel-billing"
_SELLER = "Amazon Web Services EMEA SARL"
# the tag keys that were activated, the latest one in the last month: columns of a report come and go
_TAG_KEYS = ("user:CostCenter", "user:app", "user:env")
_ADDED_TAG_KEY = "user:Stage"
_COLUMNS = names(
    "identity/LineItemId identity/TimeInterval bill/InvoiceId bill/InvoicingEntity bill/BillingEntity"
    " bill/BillType bill/PayerAccountId bill/BillingPeriodStartDate bill/BillingPeriodEndDate"
    " lineItem/UsageAccountId lineItem/LineItemType lineItem/UsageStartDate lineItem/UsageEndDate"
    " lineItem/ProductCode lineItem/UsageType lineItem/Operation lineItem/AvailabilityZone lineItem/ResourceId"
    " lineItem/UsageAmount lineItem/CurrencyCode lineItem/UnblendedRate lineItem/UnblendedCost"
    " lineItem/BlendedRate lineItem/BlendedCost lineItem/LineItemDescription lineItem/TaxType"
    " lineItem/LegalEntity product/ProductName product/instanceType product/productFamily product/region"
    " product/sku pricing/RateCode pricing/currency pricing/publicOnDemandCost pricing/publicOnDemandRate"
    " pricing/term pricing/unit reservation/ReservationARN reservation/EffectiveCost"
    " reservation/TotalReservedUnits reservation/UnusedAmortizedUpfrontFeeForBillingPeriod"
    " reservation/UnusedQuantity reservation/UnusedRecurringFee"
)
# product code: name, usage type, family, unit, dollars per unit
_OFFERS = {
    "instance": ("AmazonEC2", "Amazon Elastic Compute Cloud", "EUC1-BoxUsage:m5.large", "Compute Instance", "Hrs",
                 "0.115"),
    "bucket": ("AmazonS3", "Amazon Simple Storage Service", "EUC1-TimedStorage-ByteHrs", "Storage", "GB-Mo", "0.0245"),
    "database": ("AmazonRDS", "Amazon Relational Database Service", "EUC1-InstanceUsage:db.m5.large",
                 "Database Instance", "Hrs", "0.196"),
}  # fmt: skip
_RESERVED_RATE = money("0.072")
_RESERVED = 6
_TAX_PERCENT = 19


@dataclass
class _Account:
    """An account with what is found in it; tax follows the account's owner."""

    account_id: str
    ownership: Ownership
    streams: list[int] = field(default_factory=list)
    tax: int = -1


class ParcelBill(SmallBill):
    """The payer account of a parcel service that the group bought: one account of its product, one of many teams."""

    source_id = "aws-parcel"
    kind = "aws_cur_legacy"
    issuer = _SELLER
    tags = True
    tax_beside = None

    def _make(self) -> None:
        rng = self._rng
        self._payer = digits(rng, 12)
        own, mixed = digits(rng, 12), digits(rng, 12)
        tracking = self.company.owned("tracking", "prod", "account")
        self._open(self._payer, "parcel-payer")
        self._open(own, "parcel-tracking", tracking)
        self._open(mixed, "parcel-shared")
        self._accounts = [_Account(own, tracking), _Account(mixed, pooled("taxes"))]
        things = (
            (own, "instance", "account", "tracking prod", 190), (own, "database", "account", "tracking prod", 48),
            (own, "bucket", "account", "tracking prod", 900), (mixed, "instance", "tag", "fleet prod", 96),
            (mixed, "bucket", "tag", "picking staging", 410), (mixed, "instance", "centre", "CC-2020", 72),
            (mixed, "bucket", "naming", "packing prod", 520), (mixed, "database", "cmdb", "customs prod", 24),
            (mixed, "instance", "unknown", "parcel-legacy", 24), (mixed, "bucket", "nobody", "", 130),
        )  # fmt: skip
        for account, offer, how, of, per_day in things:
            self._run(account, offer, how, of, per_day)
        self._reserve(own, tracking)
        for entry in self._accounts:
            entry.tax = self._line(entry.account_id, "tax", entry.ownership, "Tax", "AmazonEC2")
            self.streams[entry.tax].constants.update({
                "lineItem/LineItemDescription": "Tax for product code AmazonEC2", "lineItem/TaxType": "VAT",
            })  # fmt: skip
        self._credit = self._line(self._payer, "credit", pooled("credits"), "Credit", "AmazonEC2")
        self.streams[self._credit].constants["lineItem/LineItemDescription"] = "Migration credit"

    def _run(self, account: str, offer: str, how: str, of: str, per_day: int) -> None:
        code, product, usage_type, family, unit, price = _OFFERS[offer]
        ownership, tags, name = self._thing(how, of)
        resource = {
            "instance": f"i-0{hexadecimal(self._rng, 16)}",
            "bucket": name,
            "database": f"arn:aws:rds:eu-central-1:{account}:db:{name}",
        }[offer]
        if how == "cmdb":
            self._known(resource, ownership)
        index = self._line(account, "usage", ownership, "Usage", code, rate=price, per_day=per_day, tagged=bool(tags))
        self.streams[index].constants.update(self._product(product, usage_type, family, unit, price))
        self.streams[index].constants["lineItem/ResourceId"] = resource
        self.streams[index].constants.update(
            {f"resourceTags/user:{_activated(key)}": value for key, value in tags.items()}
        )
        next(entry for entry in self._accounts if entry.account_id == account).streams.append(index)

    def _reserve(self, account: str, ownership: Ownership) -> None:
        """Reserve instances without upfront fee, one more than run."""
        _, product, usage_type, family, unit, price = _OFFERS["instance"]
        arn = f"arn:aws:ec2:eu-central-1:{account}:reserved-instances/{hexadecimal(self._rng, 8)}"
        self._used = self._line(account, "reservation_used", ownership, "DiscountedUsage", "AmazonEC2")
        self._fee = self._line(account, "reservation_fee", ownership, "RIFee", "AmazonEC2")
        for index in (self._used, self._fee):
            stream = self.streams[index]
            stream.list_rate = money(price)
            stream.constants.update(self._product(product, usage_type, family, unit, price))
            stream.constants["reservation/ReservationARN"] = arn
        self.streams[self._used].constants["lineItem/ResourceId"] = f"i-0{hexadecimal(self._rng, 16)}"
        self.streams[self._used].constants["pricing/term"] = "Reserved"
        self.streams[self._fee].constants.update({
            "lineItem/UsageType": "EUC1-HeavyUsage:m5.large", "lineItem/UnblendedRate": plain(_RESERVED_RATE),
            "pricing/publicOnDemandRate": "", "pricing/term": "",
        })  # fmt: skip

    def _line(self, account: str, kind: str, ownership: Ownership, line_type: str, code: str, **flags: object) -> int:
        index = self._add(kind, ownership, **flags)
        self.streams[index].constants.update({
            "lineItem/UsageAccountId": account, "lineItem/LineItemType": line_type, "lineItem/ProductCode": code,
            "identity/LineItemId": word(self._rng, 26),
        })  # fmt: skip
        return index

    def _product(self, product: str, usage_type: str, family: str, unit: str, price: str) -> dict[str, str]:
        sku = word(self._rng, 16).upper()
        return {
            "product/ProductName": product,
            "product/instanceType": usage_type.split(":")[1] if ":" in usage_type else "",
            "product/productFamily": family,
            "product/region": "eu-central-1",
            "product/sku": sku,
            "lineItem/UsageType": usage_type,
            "lineItem/Operation": "RunInstances" if family == "Compute Instance" else "StandardStorage",
            "lineItem/UnblendedRate": price,
            "lineItem/LineItemDescription": f"${price} per {unit} of {usage_type}",
            "pricing/RateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7",
            "pricing/publicOnDemandRate": price,
            "pricing/term": "OnDemand",
            "pricing/unit": unit,
        }

    def _events(self, month: Month) -> list[Event]:
        metered = [index for entry in self._accounts for index in entry.streams]
        events = self._metered(month, metered)
        whole_month = month_slot(month)
        hours = _RESERVED * 24 * self.calendar.days(month) * QUANTITY
        used = 0
        for slot in self._slots(month):
            quantity = (_RESERVED - 1) * 24 * QUANTITY
            used += quantity
            amount = _RESERVED_RATE * quantity // QUANTITY
            listed = self.streams[self._used].list_rate * quantity // QUANTITY
            events.append(Event(self._used, slot, 0, 0, amount, quantity, listed))
        fee, unused = (_RESERVED_RATE * quantity // QUANTITY for quantity in (hours, hours - used))
        events.append(Event(self._fee, whole_month, fee, fee, unused, hours, extra={"unused": unused}))
        for entry in self._accounts:
            billed = sum(event.billed for event in events if event.stream in entry.streams)
            tax = round_to_cents(billed * _TAX_PERCENT // 100)
            events.append(Event(entry.tax, whole_month, tax, tax, tax))
        amount = money("-480")
        events.append(Event(self._credit, whole_month, amount, amount, amount))
        return sorted(events, key=lambda event: event.slot.start)

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's invoice."""
        return [(self._invoice(month), self._payer, self.issuer, whole(lines))]

    def _invoice(self, month: Month) -> str:
        return f"EUINDE26-{digits(generator(self.seed, f'parcel-{month.key}'), 6)}"

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write every assembly of a month below its folder, and the manifest of the newest beside them."""
        delivered: list[tuple[Delivery, list[Placed]]] = []
        for month, lines in months.items():
            final = not self.calendar.is_open(month)
            closing = at(shift(month.next.first if final else shift(self.calendar.until, 1), 4), hour=4)
            early = lines.take(np.flatnonzero(lines.slot_dates() < month.day(9).toordinal()))
            header = [*_COLUMNS, *(f"resourceTags/{key}" for key in self._tag_keys(month))]
            for moment, content, invoiced in ((at(month.day(9), hour=4), early, False), (closing, lines, final)):
                run = f"{moment:%Y%m%dT%H%M%SZ}"
                folder = f"cur/{REPORT}/{month.first:%Y%m%d}-{month.next.first:%Y%m%d}"
                rows = [self._row(content, row, month, header, invoiced) for row in range(len(content))]
                file = write_csv(location, f"{folder}/{run}/{REPORT}-00001.csv.gz", header, rows)
                newest = content is lines
                self._manifest(location, folder, file, run, month, header, newest=newest)
                delivery = Delivery(self.source_id, month.key, f"cur/{REPORT}", run, newest, [file])
                placed = [Placed(file, month, whole(lines), whole(lines) + 1)] if newest else []
                delivered.append((delivery, placed))
        return delivered

    def _tag_keys(self, month: Month) -> tuple[str, ...]:
        return (*_TAG_KEYS, _ADDED_TAG_KEY) if month == self.calendar.months[-1] else _TAG_KEYS

    def _manifest(
        self, location: Path, folder: str, file: WrittenFile, run: str, month: Month, header: list[str], *, newest: bool
    ) -> None:
        stamp = "{:%Y%m%dT000000.000Z}"
        content = {
            "assemblyId": run,
            "account": self._payer,
            "columns": [{"category": name.split("/", 1)[0], "name": name.split("/", 1)[1]} for name in header],
            "charset": "UTF-8",
            "compression": "GZIP",
            "contentType": "text/csv",
            "reportId": "7d1f0c55ab",
            "reportName": REPORT,
            "billingPeriod": {"start": stamp.format(month.first), "end": stamp.format(month.next.first)},
            "bucket": _BUCKET,
            "reportKeys": [file.path],
            "additionalArtifactKeys": [],
        }
        write_json(location, f"{folder}/{run}/{REPORT}-Manifest.json", content)
        if newest:
            write_json(location, f"{folder}/{REPORT}-Manifest.json", content)

    def _row(self, lines: Lines, row: int, month: Month, header: list[str], invoiced: bool) -> list[str]:
        stream: Stream = self.streams[lines.stream[row]]
        slot: Slot = lines.slots[lines.slot[row]]
        cost = plain(int(lines.billed[row]))
        values: dict[str, str] = {
            "identity/TimeInterval": f"{slot.start:%Y-%m-%dT%H:%M:%SZ}/{slot.end:%Y-%m-%dT%H:%M:%SZ}",
            "bill/InvoiceId": self._invoice(month) if invoiced else "",
            "bill/InvoicingEntity": _SELLER,
            "bill/BillingEntity": "AWS",
            "bill/BillType": "Anniversary",
            "bill/PayerAccountId": self._payer,
            "bill/BillingPeriodStartDate": f"{month.first:%Y-%m-%d}T00:00:00Z",
            "bill/BillingPeriodEndDate": f"{month.next.first:%Y-%m-%d}T00:00:00Z",
            "lineItem/UsageStartDate": f"{slot.start:%Y-%m-%dT%H:%M:%SZ}",
            "lineItem/UsageEndDate": f"{slot.end:%Y-%m-%dT%H:%M:%SZ}",
            "lineItem/UsageAmount": plain(int(lines.quantity[row]), 4) if lines.quantity[row] else "1.0",
            "lineItem/CurrencyCode": self.currency,
            "lineItem/UnblendedCost": cost,
            "lineItem/BlendedCost": cost,
            "lineItem/LegalEntity": _SELLER,
            "pricing/currency": self.currency,
            **stream.constants,
        }
        if stream.kind in {"usage", "reservation_used"}:
            values["pricing/publicOnDemandCost"] = plain(int(lines.list_cost[row]))
        if stream.kind == "reservation_used":
            values["reservation/EffectiveCost"] = plain(int(lines.effective[row]))
            values["lineItem/UnblendedRate"] = "0.0"
        if stream.kind == "reservation_fee":
            values["reservation/TotalReservedUnits"] = plain(int(lines.quantity[row]), 4)
            values["reservation/UnusedQuantity"] = plain(int(lines.quantity[row]) // _RESERVED, 4)
            values["reservation/UnusedAmortizedUpfrontFeeForBillingPeriod"] = "0.0"
            values["reservation/UnusedRecurringFee"] = plain(int(lines.extra["unused"][row]))
        return [values.get(name, "") for name in header]


def _activated(key: str) -> str:
    """Return the key as the acquired company activated it: it has one spelling of each."""
    compared = key.lower().replace("-", "").replace("_", "")
    if compared in {"costcenter", "costcentre", "cc", "costctr"}:
        return "CostCenter"
    return "app" if compared in {"product", "app", "application"} else "env"

"""Alibaba Cloud: bills by billing item of one account, the FOCUS preview of another; days and months of UTC+8."""

from __future__ import annotations

from abc import abstractmethod
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import numpy as np

from orchestration.sample.calendar import Month, Slot
from orchestration.sample.chance import digits, generator, hexadecimal
from orchestration.sample.company import Ownership
from orchestration.sample.deliveries import Delivery, Placed, WrittenFile, names, write_csv
from orchestration.sample.lines import Event, Lines
from orchestration.sample.money import Ints, money, plain
from orchestration.sample.providers.focus_bill import FocusBill, Offer
from orchestration.sample.providers.small import InvoiceOf, whole

_ZONE = "Asia/Shanghai"
_REGION = ("eu-central-1", "Germany (Frankfurt)")
_CODES = {"Elastic Compute Service": "ecs", "Object Storage Service": "oss", "ApsaraDB RDS": "rds"}
# a voucher lowers each bill of one thing by this much
_VOUCHER = money("20")


class AlibabaBill(FocusBill):
    """What both exports share: files of days, and the month's file that replaces them on the fourth of the next."""

    issuer = "Alibaba Cloud"
    zone = _ZONE
    region = _REGION
    report: str
    header: list[str]

    def _resource_id(self, account: str, offer: str, name: str) -> str:
        return name if offer == "oss" else f"{offer}-{hexadecimal(self._rng, 14)}"

    _account: str

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's invoice; the exports do not carry its number."""
        number = digits(generator(self.seed, f"{self.source_id}-{month.key}"), 12)
        return [(number, self._account, self.issuer, whole(lines))]

    def _native_rows(self, lines: Lines) -> Ints:
        """Return the number of each line's row in a file that holds all lines, from 1."""
        return whole(lines) + 1

    @abstractmethod
    def _row(self, lines: Lines, row: int, month: Month) -> list[str]:
        """Return the row of a file that a line begins."""

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write the month's file of every month that is over, and the days of one that is not."""
        delivered: list[tuple[Delivery, list[Placed]]] = []
        for month, lines in months.items():
            zone = ZoneInfo(_ZONE)
            days = np.array([lines.slots[slot].start.astimezone(zone).day for slot in lines.slot], dtype=np.int64)
            first = month == self.calendar.months[0]
            is_open = self.calendar.is_open(month)
            placed, early = [], []
            for day in range(1, (self.calendar.days(month) if is_open else 2 * first) + 1):
                rows = np.flatnonzero(days == day)
                file, numbers = self._write(location, f"{month.first:%Y%m}{day:02d}", lines, rows, month)
                early.append(file)
                placed.append(Placed(file, month, rows, numbers))
            if is_open:
                delivered.append((Delivery(self.source_id, month.key, self.report, "", True, early), placed))
                continue
            if early:
                delivered.append((Delivery(self.source_id, month.key, self.report, "days", False, early), []))
            file, numbers = self._write(location, f"{month.first:%Y%m}", lines, whole(lines), month)
            delivery = Delivery(self.source_id, month.key, self.report, f"{month.first:%Y%m}", True, [file])
            delivered.append((delivery, [Placed(file, month, whole(lines), numbers)]))
        return delivered

    def _write(self, location: Path, date: str, lines: Lines, rows: Ints, month: Month) -> tuple[WrittenFile, Ints]:
        some = lines.take(rows)
        numbers = self._native_rows(some)
        begins = np.flatnonzero(np.diff(numbers, prepend=0))
        content = [self._row(some, int(row), month) for row in begins]
        return write_csv(location, f"{self._account}_{self.report}_{date}.csv", self.header, content), numbers


class AlibabaDetailBill(AlibabaBill):
    """Shops in Asia, billed in yuan; vouchers are a column of the bill and become charges of their own."""

    source_id = "alibaba"
    kind = "alibaba_billing_detail"
    currency = "CNY"
    tax_beside = 6
    report = "BillingItemDetail"
    header = names(
        "BillingCycle AccountID AccountName OwnerID OwnerAccountName CostUnit SubscriptionType ProductCode"
        " ProductName ProductType ProductDetail CommodityCode BillingItem PaymentTime UsageStartTime"
        " UsageEndTime ServicePeriod RecordID Item BillingType InstanceID NickName ResourceGroup Tag"
        " InstanceSpec Region Zone ListPrice ListPriceUnit Usage UsageUnit DeductedByResourcePackage"
        " PretaxGrossAmount InvoiceDiscount RoundDownDiscount DeductedByCoupons PretaxAmount"
        " DeductedByCashCoupons DeductedByPrepaidCard PaymentAmount OutstandingAmount Currency Tax"
        " PaymentCurrency"
    )
    offers: ClassVar = {
        "ecs": Offer("Elastic Compute Service", "", "", "Cloud server configuration", "Hour", "1.242", ""),
        "oss": Offer("Object Storage Service", "", "", "Storage", "GB", "0.0041", ""),
        "rds": Offer("ApsaraDB RDS", "", "", "RDS instance", "Hour", "2.86", ""),
    }

    def _make(self) -> None:
        self._account, own, mixed = (digits(self._rng, 16) for _ in range(3))
        self._open(own, "asia-storefront", self.company.owned("storefront", "prod", "account"))
        self._open(mixed, "asia-shared")
        for account, offer, how, of, per_day in (
            (own, "ecs", "account", "storefront prod", 288), (own, "rds", "account", "storefront prod", 48),
            (mixed, "ecs", "tag", "pricing prod", 192), (mixed, "oss", "tag", "imagery prod", 21000),
            (mixed, "rds", "centre", "CC-1010", 24), (mixed, "oss", "naming", "stock prod", 16000),
            (mixed, "ecs", "cmdb", "freight prod", 96), (mixed, "ecs", "nobody", "", 24),
        ):  # fmt: skip
            index = self._run(account, "asia-storefront" if account == own else "asia-shared", offer, how, of, per_day)
            self.streams[index].flags["part"] = "Usage"
        self._metered_streams = list(range(len(self.streams)))
        self._with_voucher = 2
        owner: Ownership = self.streams[self._with_voucher].ownership
        self._voucher = self._add("voucher", owner, part="Credit", tagged=True)
        self.streams[self._voucher].constants = self.streams[self._with_voucher].constants

    def _events(self, month: Month) -> list[Event]:
        events = []
        for event in self._metered(month, self._metered_streams, zone=_ZONE):
            voucher = _VOUCHER if event.stream == self._with_voucher else 0
            extra = {"begins_row": 1, "voucher": voucher}
            events.append(Event(event.stream, event.slot, event.billed - voucher, event.billed, event.billed,
                                event.quantity, event.list_cost, extra))  # fmt: skip
            if voucher:
                none = {"begins_row": 0, "voucher": 0}
                events.append(Event(self._voucher, event.slot, 0, -voucher, -voucher, 0, None, none))
        return events

    def _native_rows(self, lines: Lines) -> Ints:
        return np.asarray(np.cumsum(lines.extra["begins_row"]), dtype=np.int64)

    def _row(self, lines: Lines, row: int, month: Month) -> list[str]:
        stream = self.streams[lines.stream[row]]
        meter = self.offers[stream.constants["offer"]]
        amount, voucher = int(lines.billed[row]), int(lines.extra["voucher"][row])
        tags: dict[str, str] = stream.constants["tags"]
        start, end = _local(lines.slots[lines.slot[row]])
        values = {
            "BillingCycle": month.key,
            "AccountID": self._account,
            "AccountName": "halden-asia",
            "OwnerID": stream.constants["account"],
            "OwnerAccountName": stream.constants["account_name"],
            "SubscriptionType": "PayAsYouGo",
            "ProductCode": _CODES[meter.service],
            "ProductName": meter.service,
            "BillingItem": meter.sku,
            "UsageStartTime": start,
            "UsageEndTime": end,
            "RecordID": f"B-{start[:10]}-{lines.stream[row]}",
            "Item": "PayAsYouGoBill",
            "InstanceID": stream.constants["resource"],
            "NickName": stream.constants["name"],
            "Tag": "; ".join(f"key:{key} value:{value}" for key, value in tags.items()),
            "Region": self.region[1],
            "Zone": "eu-central-1a",
            "ListPrice": meter.price,
            "ListPriceUnit": f"CNY/{meter.unit}",
            "Usage": plain(int(lines.quantity[row]), 4),
            "UsageUnit": meter.unit,
            "PretaxGrossAmount": plain(amount),
            "InvoiceDiscount": "0",
            "PretaxAmount": plain(amount),
            "DeductedByCashCoupons": plain(voucher) if voucher else "",
            "PaymentAmount": plain(amount - voucher),
            "Currency": self.currency,
        }
        return [values.get(name, "") for name in self.header]


class AlibabaFocusBill(AlibabaBill):
    """A second account, in the FOCUS preview: descriptions, consumed and contracted columns are empty."""

    source_id = "alibaba-trials"
    kind = "alibaba_focus"
    tax_beside = 0
    report = "FOCUS"
    header = names(
        "AvailabilityZone BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd"
        " BillingPeriodStart ChargeCategory ChargeClass ChargeDescription ChargeFrequency ChargePeriodEnd"
        " ChargePeriodStart CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName"
        " CommitmentDiscountStatus CommitmentDiscountType ConsumedQuantity ConsumedUnit ContractedCost"
        " ContractedUnitPrice EffectiveCost InvoiceIssuerName ListCost ListUnitPrice PricingCategory"
        " PricingQuantity PricingUnit ProviderName PublisherName RegionId RegionName ResourceId ResourceName"
        " ResourceType ServiceCategory ServiceName SkuId SkuPriceId SubAccountId SubAccountName Tags"
        " x_BillingItemCode"
    )
    offers: ClassVar = {
        "ecs": Offer("Elastic Compute Service", "Compute", "", "ecs-g8i", "Hours", "0.142", "instance"),
        "oss": Offer("Object Storage Service", "Storage", "", "oss-std", "GB", "0.0006", "bucket"),
    }

    def _make(self) -> None:
        self._account, member = digits(self._rng, 16), digits(self._rng, 16)
        self._open(member, "asia-trials")
        for offer, how, of, per_day in (
            ("ecs", "tag", "kiosk dev", 96), ("oss", "tag", "kiosk dev", 9000), ("ecs", "centre", "CC-1040", 72),
            ("oss", "naming", "wishlist dev", 7000), ("ecs", "nobody", "", 24),
        ):  # fmt: skip
            self._run(member, "asia-trials", offer, how, of, per_day)

    def _row(self, lines: Lines, row: int, month: Month) -> list[str]:
        values = self._focus(lines, row, month)
        start, end = _local(lines.slots[lines.slot[row]], inclusive=True)
        empty = ("ChargeDescription", "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "ContractedUnitPrice")
        values.update(
            dict.fromkeys(empty, ""),
            AvailabilityZone="eu-central-1a",
            BillingAccountId=self._account,
            BillingAccountName="halden-trials",
            BillingPeriodStart=f"{month.first:%Y-%m-%d} 00:00:00",
            BillingPeriodEnd=f"{month.last:%Y-%m-%d} 23:59:59",
            ChargePeriodStart=start,
            ChargePeriodEnd=end,
            ProviderName="Alibaba Cloud",
            PublisherName="Alibaba Cloud",
            x_BillingItemCode="Storage" if values["SkuId"] == "oss-std" else "InstanceType",
        )
        return [values.get(name, "") for name in self.header]


def _local(slot: Slot, *, inclusive: bool = False) -> tuple[str, str]:
    """Return a slot's bounds in China's time; the last second of it when ends are inclusive."""
    zone = ZoneInfo(_ZONE)
    end = slot.end.astimezone(zone) - timedelta(seconds=1 if inclusive else 0)
    return f"{slot.start.astimezone(zone):%Y-%m-%d %H:%M:%S}", f"{end:%Y-%m-%d %H:%M:%S}"

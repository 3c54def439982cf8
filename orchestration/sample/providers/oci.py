"""Oracle Cloud Infrastructure: cost reports of one tenancy, FOCUS reports of another, appended file by file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np

from orchestration.sample.calendar import Month
from orchestration.sample.chance import digits, generator, word
from orchestration.sample.deliveries import Delivery, Placed, WrittenFile, names, write_csv
from orchestration.sample.lines import Event, Lines, shift
from orchestration.sample.money import QUANTITY, Ints, plain
from orchestration.sample.providers.focus_bill import FocusBill, Offer
from orchestration.sample.providers.small import InvoiceOf, whole

_REGION = ("eu-frankfurt-1", "Germany Central (Frankfurt)")
_OFFERS = {
    "compute": Offer("COMPUTE", "Compute", "", "B97384", "OCPU Per Hour", "0.0225", "instance"),
    "memory": Offer("COMPUTE", "Compute", "", "B97385", "Gigabyte Per Hour", "0.0015", "instance"),
    "volume": Offer("BLOCK_STORAGE", "Storage", "", "B91961", "Gigabyte Storage Capacity Per Month", "0.0255",
                    "volume"),
    "database": Offer("DATABASE", "Databases", "", "B90570", "OCPU Per Hour", "0.3225", "autonomousdatabase"),
}  # fmt: skip
_DESCRIPTIONS = {"B97384": "Standard - E5 - OCPU", "B97385": "Standard - E5 - Memory",
                 "B91961": "Block Volume - Storage", "B90570": "Autonomous Transaction Processing"}  # fmt: skip
_CUTS = (10, 20)
_CORRECTED_ON = 14


class OracleBill(FocusBill):
    """What both reports share: things in tenancies, and files that are numbered and never written again."""

    issuer = "Oracle"
    region = _REGION
    offers: ClassVar = _OFFERS

    def _resource_id(self, account: str, offer: str, name: str) -> str:
        return f"ocid1.{_OFFERS[offer].resource_type}.oc1.eu-frankfurt-1.{word(self._rng, 28)}"

    def _tenancy(self) -> str:
        return f"ocid1.tenancy.oc1..{word(self._rng, 28)}"

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's invoice; the reports do not carry its number."""
        number = digits(generator(self.seed, f"{self.source_id}-{month.key}"), 8)
        return [(number, self._subscription, self.issuer, whole(lines))]

    _subscription: str

    def _batches(self, months: dict[Month, Lines]) -> Iterator[tuple[int, list[tuple[Month, Ints]]]]:
        """Yield number and lines of each file: three a month; a month's last day comes late, with the next file."""
        late: list[tuple[Month, Ints]] = []
        number = 0
        for month, lines in months.items():
            days = lines.slot_dates() - month.first.toordinal() + 1
            edges = [0, *_CUTS, 40]
            for lower, upper in itertools.pairwise(edges):
                wanted = (days > lower) & (days <= upper)
                held_back = wanted & (days == month.days)
                content = [*late, (month, np.flatnonzero(wanted & ~held_back))]
                late = [(month, np.flatnonzero(held_back))] if held_back.any() else []
                if any(len(rows) for _, rows in content):
                    number += 1
                    yield number, content
        if late:
            yield number + 1, late

    def _deliver(
        self, months: dict[Month, Lines], files: list[tuple[WrittenFile, list[tuple[Month, Ints]]]]
    ) -> list[tuple[Delivery, list[Placed]]]:
        """Return the one delivery that all files are: rows of any month may lie in any of them."""
        placed = []
        for file, content in files:
            first = 1
            for month, rows in content:
                placed.append(Placed(file, month, rows, np.arange(first, first + len(rows), dtype=np.int64)))
                first += len(rows)
        keys = ",".join(month.key for month in months)
        return [(Delivery(self.source_id, keys, "", "", True, [file for file, _ in files]), placed)]


class OracleCostBill(OracleBill):
    """Databases of the ledger, in a parent tenancy with a child: tags are columns, corrections rows of their own."""

    source_id = "oci"
    kind = "oci_cost"
    currency = "EUR"
    tax_beside = 21

    def _make(self) -> None:
        self._subscription = digits(self._rng, 7)
        parent, child = self._tenancy(), self._tenancy()
        self._open(child, "oci-payouts", self.company.owned("payouts", "prod", "account"))
        self._open(parent, "oci-parent")
        for tenancy, offer, how, of, per_day in (
            (child, "database", "account", "payouts prod", 192), (child, "volume", "account", "payouts prod", 900),
            (parent, "database", "tag", "ledger prod", 240), (parent, "compute", "tag", "ledger staging", 380),
            (parent, "memory", "centre", "CC-3030", 4100), (parent, "volume", "cmdb", "instalments prod", 700),
            (parent, "compute", "nobody", "", 96),
        ):  # fmt: skip
            self._run(tenancy, "oci-payouts" if tenancy == child else "oci-parent", offer, how, of, per_day)
        self._metered_streams = list(range(len(self.streams)))
        first = self.streams[2]
        self._correction = self._add("metering_correction", first.ownership, tagged=True)
        self.streams[self._correction].constants = first.constants

    def _events(self, month: Month) -> list[Event]:
        events = []
        for event in self._metered(month, self._metered_streams):
            events.append(event)
            if event.stream == 2 and event.slot.start.day == _CORRECTED_ON:
                # two hours of the day were metered twice: taken back by a row of the same interval
                quantity = -2 * QUANTITY
                amount = self.streams[2].rate * quantity // QUANTITY
                events.append(Event(self._correction, event.slot, amount, amount, amount, quantity))
        return events

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write the reports, and a usage report beside them, which has no costs."""
        keys = sorted({key for stream in self.streams for key in stream.constants["tags"]})
        header = [*_COST_COLUMNS, *(f"tags/{key}" for key in keys), "tags/orcl-cloud.free-tier-retained",
                  "tags/team\\squad"]  # fmt: skip
        files = []
        for number, content in self._batches(months):
            rows = [
                self._row(months[month], int(row), header, f"{number:04d}{position:05d}")
                for month, lines in content
                for position, row in enumerate(lines, start=1)
            ]
            path = f"reports/cost-csv/{1_000_000_000_100 + number:016d}-00001.csv.gz"
            files.append((write_csv(location, path, header, rows), content))
        write_csv(location, "reports/usage-csv/0001000000000101-00001.csv.gz",
                  ["lineItem/referenceNo", "usage/consumedQuantity"], [["U-1", "9"]])  # fmt: skip
        return self._deliver(months, files)

    def _row(self, lines: Lines, row: int, header: list[str], reference: str) -> list[str]:
        stream = self.streams[lines.stream[row]]
        slot = lines.slots[lines.slot[row]]
        meter = _OFFERS[stream.constants["offer"]]
        tags: dict[str, str] = stream.constants["tags"]
        values = {
            "lineItem/referenceNo": reference,
            "lineItem/tenantId": stream.constants["account"],
            # a start without seconds beside an end with them, as Oracle writes it
            "lineItem/intervalUsageStart": f"{slot.start:%Y-%m-%dT%H:%MZ}",
            "lineItem/intervalUsageEnd": f"{slot.end:%Y-%m-%dT%H:%M:%S}.000Z",
            "product/service": meter.service,
            # the root compartment, which has the id and the name of its tenancy
            "product/compartmentId": stream.constants["account"],
            "product/compartmentName": stream.constants["account_name"],
            "product/region": self.region[0],
            "product/availabilityDomain": "qqjL:EU-FRANKFURT-1-AD-2",
            "product/resourceId": stream.constants["resource"],
            "usage/billedQuantity": plain(int(lines.quantity[row]), 4),
            "cost/subscriptionId": self._subscription,
            "cost/productSku": meter.sku,
            "product/Description": _DESCRIPTIONS[meter.sku],
            "cost/unitPrice": meter.price,
            "cost/myCost": f"{plain(int(lines.billed[row]))}",
            "cost/currencyCode": self.currency,
            "cost/billingUnitReadable": "ONE HOUR",
            "cost/skuUnitDescription": meter.unit,
            "cost/overageFlag": "N" if lines.stream[row] % 2 else "",
            "lineItem/isCorrection": "true" if stream.kind == "metering_correction" else "false",
            "lineItem/backreferenceNo": "R-1" if stream.kind == "metering_correction" else "",
            **{f"tags/{key}": value for key, value in tags.items()},
        }
        return [values.get(name, "") for name in header]


class OracleFocusBill(OracleBill):
    """A tenancy for trials, in Oracle's dialect of FOCUS."""

    source_id = "oci-trials"
    kind = "oci_focus"
    currency = "USD"
    tax_beside = 0

    def _make(self) -> None:
        self._subscription = digits(self._rng, 7)
        tenancy = self._tenancy()
        self._open(tenancy, "oci-trials")
        for offer, how, of, per_day in (
            ("compute", "tag", "search dev", 240), ("memory", "tag", "search dev", 1900),
            ("database", "centre", "CC-1020", 48), ("volume", "cmdb", "kiosk prod", 640), ("compute", "nobody", "", 24),
        ):  # fmt: skip
            self._run(tenancy, "oci-trials", offer, how, of, per_day)

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write the reports, each in the folder of the day it was made."""
        files = []
        month = next(iter(months))
        for number, content in self._batches(months):
            month, rows = content[-1]
            last = int(months[month].slot_dates()[rows].max()) if len(rows) else month.last.toordinal()
            made = shift(month.first, last - month.first.toordinal() + 1)
            path = f"FOCUS Reports/{made:%Y/%m/%d}/{1_000_000_000_200 + number:016d}-00001.csv.gz"
            content_rows = [self._row(months[month], int(row), month) for month, lines in content for row in lines]
            files.append((write_csv(location, path, _FOCUS_COLUMNS, content_rows), content))
        return self._deliver(months, files)

    def _row(self, lines: Lines, row: int, month: Month) -> list[str]:
        stream = self.streams[lines.stream[row]]
        values = self._focus(lines, row, month)
        for name in ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"):
            values[name] = values[name].replace(":00Z", "Z")
        values.update({
            "AvailabilityZone": "qqjL:EU-FRANKFURT-1-AD-1", "BillingAccountId": self._subscription,
            "ChargeDescription": _DESCRIPTIONS[values["SkuId"]], "ChargeFrequency": "Usage-based",
            "EffectiveCost": "0.00000000000", "InvoiceIssuer": self.issuer, "PricingCategory": "",
            "PricingCurrencyEffectiveCost ": "0", "PricingUnit": "OCPU Hours" if "OCPU" in values["PricingUnit"]
            else "GB Hours", "Provider": "Oracle", "Publisher": "Oracle", "Region": self.region[0],
            "ResourceName": "", "SkuPriceId": "", "UsageQuantity": values["ConsumedQuantity"],
            "UsageUnit": "OCPU Hours" if "OCPU" in values["PricingUnit"] else "GB Hours",
            "oci_CompartmentName": stream.constants["account_name"], "oci_OverageFlag": "N",
        })  # fmt: skip
        return [values.get(name, "") for name in _FOCUS_COLUMNS]


_COST_COLUMNS = names(
    "lineItem/referenceNo lineItem/tenantId lineItem/intervalUsageStart lineItem/intervalUsageEnd product/service"
    " product/compartmentId product/compartmentName product/region product/availabilityDomain product/resourceId"
    " usage/billedQuantity usage/billedQuantityOverage cost/subscriptionId cost/productSku product/Description"
    " cost/unitPrice cost/unitPriceOverage cost/myCost cost/myCostOverage cost/currencyCode"
    " cost/billingUnitReadable cost/skuUnitDescription cost/overageFlag lineItem/isCorrection"
    " lineItem/backreferenceNo"
)
_FOCUS_COLUMNS = [
    *names(
        "AvailabilityZone BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd"
        " BillingPeriodStart ChargeCategory ChargeDescription ChargeFrequency ChargePeriodEnd ChargePeriodStart"
        " ChargeSubcategory CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName"
        " CommitmentDiscountType EffectiveCost InvoiceIssuer ListCost ListUnitPrice PricingCategory"
    ),
    # the space is Oracle's
    "PricingCurrencyEffectiveCost ",
    *names(
        "PricingQuantity PricingUnit Provider Publisher Region ResourceId ResourceName ResourceType"
        " ServiceCategory ServiceName SkuId SkuPriceId SubAccountId SubAccountName Tags UsageQuantity UsageUnit"
        " oci_ReferenceNumber oci_CompartmentId oci_CompartmentName oci_OverageFlag oci_UnitPriceOverage"
        " oci_BilledQuantityOverage oci_CostOverage oci_AttributedUsage oci_AttributedCost"
        " oci_BackReferenceNumber"
    ),
]

"""Microsoft Azure under an older Enterprise Agreement: actual and amortised cost, side by side, in pounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from orchestration.sample.calendar import Month, Slot, at
from orchestration.sample.chance import digits, generator, guid, hexadecimal
from orchestration.sample.company import Ownership
from orchestration.sample.deliveries import Delivery, Placed, WrittenFile, names, write_csv, write_json
from orchestration.sample.lines import Event, Lines, shift
from orchestration.sample.money import QUANTITY, money, plain
from orchestration.sample.providers.small import InvoiceOf, SmallBill, whole

_HEADER = names(
    "InvoiceSectionName AccountName AccountOwnerId SubscriptionId SubscriptionName ResourceGroup ResourceLocation"
    " Date ProductName MeterCategory MeterSubCategory MeterId MeterName MeterRegion UnitOfMeasure Quantity"
    " EffectivePrice CostInBillingCurrency CostCenter ConsumedService ResourceId Tags OfferId AdditionalInfo"
    " ServiceInfo1 ServiceInfo2 ResourceName ReservationId ReservationName UnitPrice ProductOrderId"
    " ProductOrderName Term PublisherType PublisherName ChargeType Frequency PricingModel AvailabilityZone"
    " BillingAccountId BillingAccountName BillingCurrencyCode BillingPeriodStartDate BillingPeriodEndDate"
    " BillingProfileId BillingProfileName InvoiceSectionId IsAzureCreditEligible PartNumber PayGPrice PlanName"
    " ServiceFamily CostAllocationRuleName benefitId benefitName"
)
ENROLMENT = "8611420"
ENROLMENT_NAME = "Halden UK Ltd"
# product, category, meter, unit, consumed service, path of the resource, pounds per unit
_OFFERS = {
    "vm": ("Virtual Machines Dsv5 Series - D4s v5 - UK South", "Virtual Machines", "D4s v5", "1 Hour",
           "Microsoft.Compute", "Microsoft.Compute/virtualMachines", "0.184"),
    "disk": ("Premium SSD Managed Disks - P10 - LRS - UK South", "Storage", "P10 LRS Disk", "1/Month",
             "Microsoft.Compute", "Microsoft.Compute/disks", "15.6"),
    "blob": ("Tiered Block Blob - Hot LRS - UK South", "Storage", "Hot LRS Data Stored", "1 GB/Month",
             "Microsoft.Storage", "Microsoft.Storage/storageAccounts", "0.0152"),
    "traffic": ("Bandwidth - Zone 1", "Bandwidth", "Standard Data Transfer Out", "100 GB", "Microsoft.Network",
                "Microsoft.Network/publicIPAddresses", "0.068"),
}  # fmt: skip
_BLOCK = {"100 GB": 100}
_RESERVED = 4
_RESERVED_RATE = money("0.112")


class EnterpriseBill(SmallBill):
    """Two subscriptions of an enrolment that nobody has moved yet: one of an internal team, one of many."""

    source_id = "azure-ea"
    kind = "azure_cost_details"
    currency = "GBP"
    issuer = "Microsoft"
    tags = True
    tax_beside = 20

    def _make(self) -> None:
        self._own, self._mixed = guid(self._rng), guid(self._rng)
        owner = self.company.owned("intranet", "prod", "account")
        self._open(f"/subscriptions/{self._own}", "ea-intranet", owner)
        self._open(f"/subscriptions/{self._mixed}", "ea-shared")
        things = (
            (self._own, "vm", "account", "intranet prod", 72), (self._own, "disk", "account", "intranet prod", 1.5),
            (self._mixed, "vm", "tag", "travel prod", 48), (self._mixed, "blob", "tag", "disputes prod", 9000),
            (self._mixed, "vm", "centre", "CC-3030", 48), (self._mixed, "blob", "naming", "assets prod", 5000),
            (self._mixed, "traffic", "cmdb", "helpdesk prod", 700), (self._mixed, "disk", "nobody", "", 1),
        )  # fmt: skip
        for subscription, offer, how, of, per_day in things:
            self._run(subscription, offer, how, of, per_day)
        self._metered_streams = list(range(len(self.streams)))
        self._reserve(owner)

    def _run(self, subscription: str, offer: str, how: str, of: str, per_day: float) -> None:
        product, category, meter, unit, service, path, price = _OFFERS[offer]
        ownership, tags, name = self._thing(how, of)
        group = f"rg-{hexadecimal(self._rng, 4)}"
        resource = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{path}/{name}"
        if how == "cmdb":
            self._known("", ownership, name)
        index = self._add("usage", ownership, rate=price, per_day=per_day, tagged=bool(tags))
        block = _BLOCK.get(unit, 1)
        self.streams[index].constants.update(
            SubscriptionId=subscription,
            ResourceGroup=group,
            ResourceLocation="uksouth",
            ProductName=product,
            MeterCategory=category,
            MeterId=guid(self._rng),
            MeterName=meter,
            UnitOfMeasure=unit,
            EffectivePrice=price,
            ConsumedService=service,
            ResourceId=resource,
            ResourceName=name,
            # under an Enterprise Agreement tags come without their braces
            Tags=",".join(f'"{key}": "{value}"' for key, value in tags.items()),
            UnitPrice=plain(money(price) * block),
            PayGPrice=plain(money(price) * block * 5 // 4),
            ChargeType="Usage",
            Frequency="UsageBased",
            PricingModel="OnDemand",
            PartNumber=f"AAA-{digits(self._rng, 5)}",
            ServiceFamily="Compute" if offer == "vm" else "Storage",
        )

    def _reserve(self, ownership: Ownership) -> None:
        """Reserve virtual machines, paid monthly; one of them runs for nobody."""
        order, reservation = guid(self._rng), guid(self._rng)
        product, category, meter, unit, service, path, price = _OFFERS["vm"]
        benefit = f"/providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{reservation}"
        common = {
            "SubscriptionId": self._own, "ProductName": product, "MeterCategory": category, "MeterName": meter,
            "MeterId": guid(self._rng), "UnitOfMeasure": unit, "PricingModel": "Reservation", "Term": "12",
            "ReservationId": reservation, "ReservationName": "VM_RI_D4s_v5", "benefitId": benefit,
            "benefitName": "VM_RI_D4s_v5", "PartNumber": f"AAA-{digits(self._rng, 5)}", "UnitPrice": price,
        }  # fmt: skip
        name = "vm-reserved-01"
        resource = f"/subscriptions/{self._own}/resourceGroups/rg-core/providers/{path}/{name}"
        self._used, self._unused, self._bought = (
            self._add(kind, ownership) for kind in ("reservation_used", "reservation_unused", "reservation_purchase")
        )
        self.streams[self._used].constants.update(
            common, ChargeType="Usage", Frequency="UsageBased", ResourceId=resource, ResourceName=name,
            ConsumedService=service, ResourceLocation="uksouth", ResourceGroup="rg-core", PayGPrice="0.23",
        )  # fmt: skip
        self.streams[self._unused].constants.update(common, ChargeType="UnusedReservation", Frequency="UsageBased")
        self.streams[self._bought].constants.update(
            common,
            ChargeType="Purchase",
            Frequency="Recurring",
            ProductName="Reserved VM Instance, D4s v5, UK South, 1 Year",
            EffectivePrice=plain(_RESERVED_RATE),
        )

    def lines(self, month: Month) -> Lines:
        """Every line of both datasets: actual cost first, of which only purchases become charges."""
        lines = super().lines(month)
        lines.emitted = lines.extra["passed_over"] == 0
        return lines

    def _events(self, month: Month) -> list[Event]:
        metered = self._metered(month, self._metered_streams)
        used, unused = ((_RESERVED - 1) * 24 * QUANTITY, 24 * QUANTITY)
        actual, amortised = [], []
        for event in metered:
            # Microsoft bills to the tenth decimal; the list price of a block is not that of its units
            actual.append(_event(event, native=event.billed, actual=1, passed_over=1))
            amortised.append(_event(event, native=0, billed=event.billed, effective=event.billed))
        for slot in self._slots(month):
            nothing = Event(self._used, slot, 0, 0, 0, used)
            actual.append(_event(nothing, actual=1, passed_over=1))
            for index, quantity in ((self._used, used), (self._unused, unused)):
                amount = _RESERVED_RATE * quantity // QUANTITY
                amortised.append(_event(Event(index, slot, 0, 0, 0, quantity), effective=amount))
        hours = (used + unused) * self.calendar.days(month)
        price = _RESERVED_RATE * hours // QUANTITY
        first = Slot(at(month.first), at(shift(month.first, 1)))
        bought = Event(self._bought, first, price, price, 0, hours)
        actual.insert(0, _event(bought, native=price, billed=price, actual=1))
        return [*actual, *amortised]

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's invoice of the enrolment; its number is not in the datasets."""
        number = f"E0600{digits(generator(self.seed, f'azure-ea-{month.key}'), 5)}"
        return [(number, ENROLMENT, self.issuer, np.flatnonzero(lines.emitted))]

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write both datasets of every month, each in an export of its own."""
        delivered: list[tuple[Delivery, list[Placed]]] = []
        for month, lines in months.items():
            rng = generator(self.seed, f"azure-ea-runs-{month.key}")
            placed = []
            for data_set, wanted in (("ActualCost", 1), ("AmortizedCost", 0)):
                rows = np.flatnonzero(lines.extra["actual"] == wanted)
                export = f"ea-{data_set.removesuffix('Cost').lower()}"
                run = guid(rng)
                folder = f"exports/{export}/{month.first:%Y%m%d}-{month.last:%Y%m%d}/{run}"
                content = [self._row(lines, int(row), month, data_set) for row in rows]
                file = write_csv(location, f"{folder}/part_0_0001.csv", _HEADER, content)
                self._manifest(location, folder, file, export, data_set, run, month)
                placed.append(Placed(file, month, rows, whole(lines)[: len(rows)] + 1))
            files = [item.file for item in placed]
            delivered.append((Delivery(self.source_id, month.key, ENROLMENT, "", True, files), placed))
        return delivered

    def _manifest(
        self, location: Path, folder: str, file: WrittenFile, export: str, data_set: str, run: str, month: Month
    ) -> None:
        submitted = shift(month.next.first if not self.calendar.is_open(month) else shift(self.calendar.until, 1), 4)
        content = {
            "manifestVersion": "2024-04-01",
            "byteCount": file.size,
            "blobCount": 1,
            "dataRowCount": file.rows,
            "exportConfig": {
                "exportName": export,
                "resourceId": f"/providers/Microsoft.Billing/billingAccounts/{ENROLMENT}"
                f"/providers/Microsoft.CostManagement/exports/{export}",
                "dataVersion": "2021-10-01",
                "apiVersion": "2023-07-01-preview",
                "type": data_set,
                "timeFrame": "Custom",
                "granularity": "Daily",
            },
            "deliveryConfig": {
                "partitionData": True,
                "dataOverwriteBehavior": "CreateNewReport",
                "fileFormat": "Csv",
                "compressionMode": "None",
                "rootFolderPath": "exports",
            },
            "runInfo": {
                "executionType": "Scheduled",
                "submittedTime": f"{submitted:%Y-%m-%d}T07:00:00.7654321Z",
                "runId": run,
                "startDate": f"{month.first:%Y-%m-%d}T00:00:00",
                "endDate": f"{month.last:%Y-%m-%d}T00:00:00",
            },
            "blobs": [{"blobName": file.path, "byteCount": file.size, "dataRowCount": file.rows}],
        }
        write_json(location, f"{folder}/manifest.json", content)

    def _row(self, lines: Lines, row: int, month: Month, data_set: str) -> list[str]:
        stream = self.streams[lines.stream[row]]
        start = lines.slots[lines.slot[row]].start
        cost = int((lines.native if data_set == "ActualCost" else lines.effective)[row])
        values = {
            "InvoiceSectionName": "Halden UK",
            "AccountName": "Infrastructure",
            "AccountOwnerId": "cloud@halden.example",
            "SubscriptionName": "ea-intranet" if stream.constants["SubscriptionId"] == self._own else "ea-shared",
            # months and days without leading zeros
            "Date": f"{start.month}/{start.day}/{start.year}",
            "Quantity": plain(int(lines.quantity[row]), 4),
            "CostInBillingCurrency": plain(cost),
            "EffectivePrice": plain(_RESERVED_RATE) if cost else "0",
            "OfferId": "MS-AZR-0017P",
            "PublisherType": "Azure",
            "PublisherName": "Microsoft",
            "BillingAccountId": ENROLMENT,
            "BillingAccountName": ENROLMENT_NAME,
            "BillingCurrencyCode": self.currency,
            "BillingPeriodStartDate": f"{month.first.month}/1/{month.first.year}",
            "BillingPeriodEndDate": f"{month.last.month}/{month.last.day}/{month.last.year}",
            "BillingProfileId": ENROLMENT,
            "BillingProfileName": ENROLMENT_NAME,
            "IsAzureCreditEligible": "True",
            **stream.constants,
        }
        return [str(values.get(name, "")) for name in _HEADER]


def _event(event: Event, *, native: int = 0, billed: int = 0, effective: int = 0, **extra: int) -> Event:
    """Return a line of one of the two datasets; what it asserts of list cost is nothing."""
    columns = {"actual": extra.get("actual", 0), "passed_over": extra.get("passed_over", 0)}
    return Event(event.stream, event.slot, native, billed, effective, event.quantity, None, columns)

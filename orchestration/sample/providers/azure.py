"""Microsoft Azure: Cost Management's FOCUS export (1.2-preview), cumulative runs kept side by side, billed in euros."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from orchestration.sample.accounts import AZURE, Account, Accounts
from orchestration.sample.calendar import Month, Slot, at, month_slot
from orchestration.sample.chance import generator, guid, hexadecimal, pick, word
from orchestration.sample.company import NAME, Company, Ownership, pooled
from orchestration.sample.deliveries import Delivery, parts, write_csv_gz, write_json
from orchestration.sample.lines import (
    DAY,
    MONTH,
    Addition,
    Clock,
    Event,
    Lines,
    Stream,
    event_lines,
    gather,
    plan,
    shift,
    spends,
    usage,
)
from orchestration.sample.money import CENT, QUANTITY, Bools, Ints, cost, money, plain, round_to_cents, texts
from orchestration.sample.placement import Evidence, Item, Placement, lifetime, overridden, place
from orchestration.sample.table import ConstantColumns, tables

SOURCE_ID = "azure-main"
CURRENCY = "EUR"
ISSUER = "Microsoft"
EXPORT = "focus-cost"
FOLDER = f"billing/{EXPORT}"
SHARE_OF_ROWS = 0.22
MONTHLY_SPEND = money("420000")
UNTAGGED_ELSEWHERE = money("14000")
REGIONS = {"westeurope": "West Europe", "northeurope": "North Europe", "eastus": "East US"}
STORAGE = "Storage Accounts"
SELLER = "Elastic N.V."
TAX_PERCENT = 25
# euros in dollars, to five decimals: the rate Microsoft states on the row
_USD_RATE = 108_000

_FOCUS = (
    "BilledCost BillingAccountId BillingAccountName BillingAccountType BillingCurrency BillingPeriodEnd"
    " BillingPeriodStart CapacityReservationId CapacityReservationStatus ChargeCategory ChargeClass"
    " ChargeDescription ChargeFrequency ChargePeriodEnd ChargePeriodStart CommitmentDiscountCategory"
    " CommitmentDiscountId CommitmentDiscountName CommitmentDiscountQuantity CommitmentDiscountStatus"
    " CommitmentDiscountType CommitmentDiscountUnit ConsumedQuantity ConsumedUnit ContractedCost"
    " ContractedUnitPrice EffectiveCost InvoiceId InvoiceIssuerName ListCost ListUnitPrice PricingCategory"
    " PricingCurrency PricingQuantity PricingUnit ProviderName PublisherName RegionId RegionName ResourceId"
    " ResourceName ResourceType ServiceCategory ServiceName ServiceSubcategory SkuId SkuMeter SkuPriceDetails"
    " SkuPriceId SubAccountId SubAccountName SubAccountType Tags"
)
_OWN = (
    "AccountId AccountName AccountOwnerId AmortizationClass BilledCostInUsd BilledUnitPrice BillingAccountId"
    " BillingAccountName BillingExchangeRate BillingExchangeRateDate BillingProfileId BillingProfileName"
    " ContractedCostInUsd CostAllocationRuleName CostCenter CustomerId CustomerName EffectiveCostInUsd"
    " EffectiveUnitPrice InvoiceIssuerId InvoiceSectionId InvoiceSectionName ListCostInUsd PartnerCreditApplied"
    " PartnerCreditRate PricingBlockSize PricingSubcategory PricingUnitDescription PublisherCategory PublisherId"
    " ResellerId ResellerName ResourceGroupName ResourceType ServiceModel ServicePeriodEnd ServicePeriodStart"
    " SkuDescription SkuDetails SkuIsCreditEligible SkuMeterCategory SkuMeterId SkuMeterSubcategory SkuOfferId"
    " SkuOrderId SkuOrderName SkuPartNumber SkuPlanName SkuRegion SkuServiceFamily SkuTerm SkuTier"
)
NAMES: tuple[str, ...] = (*_FOCUS.split(), *(f"x_{name}" for name in _OWN.split()))

_VM_TYPES = (
    ("B2s", "0.038"), ("D2s_v5", "0.106"), ("D4s_v5", "0.212"), ("D8s_v5", "0.424"), ("E16s_v5", "1.12"),
    ("E64s_v5", "4.48"), ("NC96ads_A100_v4", "13.46"),
)  # fmt: skip
# offer: weight, service, category, subcategory, meter, unit, price, resource provider type
_OFFERS: dict[str, tuple[float, str, str, str, str, str, str, str]] = {
    "vm": (0.40, "Virtual Machines", "Compute", "Virtual Machines", "", "Hours", "0",
           "microsoft.compute/virtualmachines"),
    "storage": (0.22, STORAGE, "Storage", "Object Storage", "Hot LRS Data Stored", "GB", "0.0184",
                "microsoft.storage/storageaccounts"),
    "sql": (0.22, "SQL Database", "Databases", "Relational Databases", "vCore", "Hours", "0.2034",
            "microsoft.sql/servers/databases"),
    "aks": (0.06, "Azure Kubernetes Service", "Compute", "Containers", "Standard Uptime SLA", "Hours", "0.092",
            "microsoft.containerservice/managedclusters"),
    "bandwidth": (0.10, "Bandwidth", "Networking", "Network Connectivity", "Data Transfer Out", "GB", "0.081",
                  "microsoft.compute/virtualmachines"),
}  # fmt: skip
# every estate has these, however small: enough machines for a reservation
_FIRST = (*["vm"] * 3, *_OFFERS)
# what runs is billed by the hour or day, never once a month
_RUNNING = {"vm"}


class MicrosoftBill:
    """The company's Azure bill: streams made once, then lines and deliveries per month."""

    source_id = SOURCE_ID
    kind = "azure_focus"
    currency = CURRENCY
    tags = True
    tax_beside: int | None = TAX_PERCENT
    bounded = False

    def __init__(self, company: Company, accounts: Accounts, evidence: Evidence, seed: int, rows_a_month: int) -> None:
        self.company = company
        self.accounts = accounts
        self.evidence = evidence
        self.seed = seed
        self.rows_a_month = rows_a_month
        self.streams: list[Stream] = []
        self.additions: list[Addition] = []
        self._rng = generator(seed, "azure")
        number = guid(self._rng)
        self.billing_account = f"/providers/microsoft.billing/billingaccounts/{number}:{guid(self._rng)}_2019-05-31"
        self._metered: list[int] = []
        self._singles: dict[tuple[str, str], int] = {}
        self._first, self._last = company.calendar.months[0].first, company.calendar.until
        self._make_resources()
        self._make_backup()
        self._make_marketplace()
        self._reserve()

    # -- what there is ---------------------------------------------------------------------------------------------

    def _make_resources(self) -> None:
        rng = self._rng
        size = plan(self.rows_a_month, share=SHARE_OF_ROWS, fixed_rows=80, running=0.4)
        names = list(_OFFERS)
        weights = [_OFFERS[name][0] for name in names]
        drafts = []
        for number, spend in enumerate(spends(size.resources, MONTHLY_SPEND, rng)):
            offer = _FIRST[number] if number < len(_FIRST) else pick(rng, names, weights)
            drafts.append((offer, pick(rng, list(REGIONS), (6, 2, 1)), self._meter(offer, spend)))
        items = [Item(draft.rate * draft.per_day // QUANTITY * 30, True) for _, _, draft in drafts]
        placements = place(items, AZURE, self.company, self.accounts, rng, untagged_elsewhere=UNTAGGED_ELSEWHERE)
        for (offer, region, stream), placement in zip(drafts, placements, strict=True):
            name = f"{placement.name_prefix or ''}{word(rng, 9)}"
            resource_id = self._resource_id(offer, placement, name)
            stream.ownership = overridden(placement, self.company, resource_id, self.evidence)
            if placement.needs_cmdb:
                by_name = float(rng.random()) < 0.5
                self.evidence.cmdb.append(("" if by_name else resource_id, name if by_name else "", stream.ownership))
            grain = size.grain(rng)
            stream.grain = DAY if grain == MONTH and offer in _RUNNING else grain
            if not placement.permanent:
                stream.first_day, stream.last_day = lifetime(rng, self._first, self._last)
            self.locate(stream, placement.account, region, resource_id, name, placement.tags)
            stream.flags.update(offer=offer, kind=placement.kind)
            self._metered.append(self.add(stream))

    def _meter(self, offer: str, spend: int) -> Stream:
        _, service, category, subcategory, meter, unit, price, kind = _OFFERS[offer]
        if offer == "vm":
            meter, price = min(_VM_TYPES, key=lambda entry: abs(money(entry[1]) * 730 - spend))
            stream = self.stream(service, category, subcategory, meter, unit, money(price), kind)
            stream.per_day, stream.steady = 24 * QUANTITY, True
            return stream
        stream = self.stream(service, category, subcategory, meter, unit, money(price), kind)
        stream.per_day = max(spend // 30 * QUANTITY // stream.rate, 100)
        return stream

    def _make_backup(self) -> None:
        account = self.accounts.one(AZURE, "backup")
        stream = self.stream("Backup", "Storage", "Backup Storage", "LRS Data Stored", "GB", money("0.0224"),
                              "microsoft.recoveryservices/vaults")  # fmt: skip
        stream.kind = "backup"
        stream.per_day = money("9400") // 30 * QUANTITY // stream.rate
        stream.ownership = pooled("azure-backup")
        resource = f"{account.account_id}/resourcegroups/rg-backup/providers/microsoft.recoveryservices/vaults/vault01"
        self.locate(stream, account, "westeurope", resource, "vault01", {})
        self._metered.append(self.add(stream))

    def _make_marketplace(self) -> None:
        """Buy search as a service from another seller; Microsoft invoices it apart, for a flat price a day."""
        account = self.accounts.of(AZURE, "dedicated")[0]
        if account.ownership is None:
            raise AssertionError("a dedicated subscription must be owned")
        stream = self.stream("SaaS", "Other", "Other (Other)", "Elastic Cloud", "Days", money("96.5"),
                              "microsoft.saas/resources")  # fmt: skip
        stream.kind = "marketplace"
        stream.per_day, stream.steady = QUANTITY, True
        stream.ownership = account.ownership
        resource = f"{account.account_id}/resourcegroups/rg-search/providers/microsoft.saas/resources/elastic01"
        self.locate(stream, account, "", resource, "elastic01", {})
        stream.constants.update(
            PublisherName=SELLER, x_PublisherCategory="Vendor", x_SkuIsCreditEligible="false", x_PublisherId="elastic"
        )
        stream.flags["marketplace"] = True
        self._metered.append(self.add(stream))

    def _reserve(self) -> None:
        """One reservation of virtual machines, paid monthly; some of it stays unused."""
        candidates = [
            index
            for index in self._metered
            if self.streams[index].flags.get("offer") == "vm" and self.streams[index].grain != MONTH
        ]
        candidates.sort(key=lambda index: (-self.streams[index].rate, index))
        groups: dict[str, list[int]] = {}
        for index in candidates:
            groups.setdefault(self.streams[index].constants["SkuMeter"], []).append(index)
        meter = max(groups, key=lambda name: (len(groups[name]), name))
        members = groups[meter][: max(2, len(groups[meter]) // 2)]
        buyer = self.accounts.one(AZURE, "commitments")
        self.reservation = (
            f"/providers/microsoft.capacity/reservationorders/{guid(self._rng)}/reservations/{guid(self._rng)}"
        )
        self.reserved_count = len(members) + 1
        self.reserved_rate = self.streams[members[0]].rate * 6 // 10
        self._used = set(members)
        columns = {
            "CommitmentDiscountCategory": "Usage",
            "CommitmentDiscountId": self.reservation,
            "CommitmentDiscountName": f"VM_RI_{meter}",
            "CommitmentDiscountType": "Reservation",
            "CommitmentDiscountUnit": "Hours",
        }
        for index in members:
            stream = self.streams[index]
            stream.kind = "reservation_used"
            stream.effective_rate = self.reserved_rate
            stream.rate = 0
            stream.constants.update(
                columns,
                PricingCategory="Committed",
                CommitmentDiscountStatus="Used",
                x_PricingSubcategory="Committed Usage",
                x_AmortizationClass="Amortized Charge",
                ContractedUnitPrice=plain(stream.effective_rate),
            )
        rate = self.streams[members[0]].list_rate
        for kind in ("reservation_unused", "reservation_purchase"):
            stream = self.stream("Virtual Machines", "Compute", "Virtual Machines", meter, "Hours", rate,
                                  "microsoft.capacity/reservationorders")  # fmt: skip
            stream.kind = kind
            stream.ownership = pooled("azure-commitments")
            self.locate(stream, buyer, "westeurope", self.reservation, f"VM_RI_{meter}", {})
            stream.constants.update(columns, PricingCategory="Committed", x_PricingSubcategory="Committed Usage")
            if kind == "reservation_unused":
                stream.constants.update(
                    CommitmentDiscountStatus="Unused",
                    ChargeDescription="UnusedReservation",
                    x_AmortizationClass="Amortized Charge",
                    ConsumedUnit=None,
                )
                self._unused_stream = self.add(stream)
            else:
                stream.constants.update(
                    ChargeCategory="Purchase",
                    ChargeFrequency="Recurring",
                    ChargeDescription=f"Reserved VM Instance, {meter}, EU West, 1 Year",
                    x_AmortizationClass="Principal",
                    PricingCategory="Standard",
                    x_PricingSubcategory="Reservation",
                    ConsumedUnit=None,
                )
                self._purchase_stream = self.add(stream)

    # -- building blocks -------------------------------------------------------------------------------------------

    def add(self, stream: Stream) -> int:
        """Add a stream; returns its number."""
        self.streams.append(stream)
        return len(self.streams) - 1

    def stream(
        self, service: str, category: str, subcategory: str, meter: str, unit: str, rate: int, kind: str
    ) -> Stream:
        """Return a stream of a meter at a price per unit; ``kind`` is the type of the resource."""
        sku = f"DZH318Z0{hexadecimal(self._rng, 4).upper()}"
        meter_id = guid(self._rng)
        constants = {
            "BillingAccountId": self.billing_account,
            "BillingAccountName": NAME,
            "BillingAccountType": "Billing Profile",
            "BillingCurrency": CURRENCY,
            "ChargeCategory": "Usage",
            "ChargeDescription": f"{service} - {meter}",
            "ChargeFrequency": "Usage-Based",
            "ConsumedUnit": unit,
            "ContractedUnitPrice": plain(rate),
            "InvoiceIssuerName": ISSUER,
            "ListUnitPrice": plain(rate),
            "PricingCategory": "Standard",
            "PricingCurrency": CURRENCY,
            "PricingUnit": unit,
            "ProviderName": "Microsoft",
            "PublisherName": "Microsoft",
            "ServiceCategory": category,
            "ServiceName": service,
            "ServiceSubcategory": subcategory,
            "SkuId": sku,
            "SkuMeter": meter,
            "SkuPriceId": f"{sku}_{hexadecimal(self._rng, 4).upper()}",
            "x_BilledUnitPrice": plain(rate),
            "x_BillingAccountId": self.billing_account.split("/")[-1],
            "x_BillingAccountName": NAME,
            "x_BillingExchangeRate": "1",
            "x_BillingProfileName": "Halden EU",
            "x_EffectiveUnitPrice": plain(rate),
            "x_PricingBlockSize": "1",
            "x_PricingUnitDescription": f"1 {unit}",
            "x_PublisherCategory": "Cloud Provider",
            "x_ResourceType": kind,
            "x_SkuIsCreditEligible": "true",
            "x_SkuMeterCategory": service,
            "x_SkuMeterId": meter_id,
            "x_SkuServiceFamily": category,
        }
        return Stream(constants, "usage", (), rate=rate, list_rate=rate, effective_rate=rate)

    def _resource_id(self, offer: str, placement: Placement, name: str) -> str:
        kind = _OFFERS[offer][7]
        group = f"{placement.account.account_id}/resourcegroups/rg-{word(self._rng, 5)}/providers"
        if offer == "sql":
            return f"{group}/microsoft.sql/servers/sql{word(self._rng, 5)}/databases/{name}"
        return f"{group}/{kind}/{name}"

    def locate(
        self, stream: Stream, account: Account | None, region: str, resource_id: str, name: str, tags: dict[str, str]
    ) -> None:
        """Say where a stream's thing is: subscription, region, resource, tags."""
        stream.constants.update(
            RegionId=region or None,
            RegionName=REGIONS.get(region),
            ResourceId=resource_id or None,
            ResourceName=name or None,
            ResourceType=stream.constants["ServiceName"] if resource_id else None,
            Tags=json.dumps(tags),
            x_SkuRegion=region or None,
        )
        if account:
            stream.constants.update(
                SubAccountId=account.account_id,
                SubAccountName=account.name,
                SubAccountType="Subscription",
            )
        if "/resourcegroups/" in resource_id:
            stream.constants["x_ResourceGroupName"] = resource_id.split("/")[4]
        stream.flags["account"] = account
        stream.flags["tagged"] = bool(tags)

    def _single(self, name: str, category: str, account: Account | None, ownership: Ownership, kind: str) -> int:
        key = (name, account.account_id if account else "")
        if key not in self._singles:
            stream = self.stream("", "Other", "Other (Other)", "", "Units", 0, "")
            stream.kind = kind
            stream.ownership = ownership
            self.locate(stream, account, "", "", "", {})
            emptied = dict.fromkeys(
                (
                    "ConsumedUnit", "PricingUnit", "PricingCategory", "SkuId", "SkuMeter", "SkuPriceId", "ServiceName",
                    "ListUnitPrice", "ContractedUnitPrice", "x_ResourceType", "x_SkuMeterId", "x_SkuMeterCategory",
                    "x_PricingBlockSize", "x_PricingUnitDescription", "ServiceSubcategory",
                )
            )  # fmt: skip
            stream.constants.update(emptied)
            stream.constants.update(ChargeCategory=category, ChargeDescription=name, ChargeFrequency="One-Time")
            if kind == "correction":
                virtual_machines = _OFFERS["vm"]
                stream.constants.update(
                    ChargeClass="Correction",
                    ServiceName=virtual_machines[1],
                    ServiceCategory=virtual_machines[2],
                    ServiceSubcategory=virtual_machines[3],
                )
            self._singles[key] = self.add(stream)
        return self._singles[key]

    # -- a month ---------------------------------------------------------------------------------------------------

    def lines(self, month: Month) -> Lines:
        """Every line of a billing month, as the delivery in force has it."""
        clock = Clock.of(self.company.calendar, month)
        metered = usage(self.streams, self._metered, clock, generator(self.seed, f"azure-{month.key}"))
        rates = np.array([stream.effective_rate for stream in self.streams], dtype=np.int64)
        used = np.zeros(len(self.streams), dtype=np.bool_)
        used[list(self._used)] = True
        rows = used[metered.stream]
        metered.effective = np.where(rows, cost(rates[metered.stream], metered.quantity), metered.effective)
        metered.extra = {
            "consumed": metered.quantity,
            "contracted": np.where(rows, metered.effective, metered.list_cost),
            "commitment": np.where(rows, metered.quantity, 0),
        }
        events = self._events(month, metered, rows)
        return gather(clock.slots, [metered, event_lines(clock.slots, events)])

    def _events(self, month: Month, metered: Lines, used_rows: Bools) -> list[Event]:
        events: list[Event] = []
        days = self.company.calendar.days(month)
        used = np.zeros(31, dtype=np.int64)
        day_of_row = metered.slot_dates() - month.first.toordinal()
        np.add.at(used, day_of_row[used_rows], metered.quantity[used_rows])
        reserved = self.reserved_count * 24 * QUANTITY
        list_rate = self.streams[self._unused_stream].list_rate
        for day in range(days):
            start = at(shift(month.first, day))
            unused = reserved - int(used[day])
            if unused:
                amount = self.reserved_rate * unused // QUANTITY
                events.append(
                    Event(
                        self._unused_stream,
                        Slot(start, start + timedelta(days=1)),
                        0,
                        0,
                        amount,
                        unused,
                        list_rate * unused // QUANTITY,
                        {"contracted": amount, "commitment": unused},
                    )
                )
        hours = reserved * days
        price = self.reserved_rate * hours // QUANTITY
        whole_month = month_slot(month)
        first_day = Slot(at(month.first), at(shift(month.first, 1)))
        events.append(
            Event(
                self._purchase_stream,
                first_day,
                price,
                price,
                0,
                hours,
                list_rate * hours // QUANTITY,
                {"contracted": price, "commitment": hours},
            )
        )
        events += [event for addition in self.additions for event in addition.events(month)]
        dedicated = self.accounts.of(AZURE, "dedicated")
        if month.first != self._first and dedicated[0].ownership is not None:
            start = at(month.previous.day(21))
            amount = money("-64.18")
            index = self._single(
                "Rerated virtual machine usage", "Usage", dedicated[0], dedicated[0].ownership, "correction"
            )
            events.append(Event(index, Slot(start, start + timedelta(days=1)), amount, amount, amount, 0, None,
                                {"contracted": amount}))  # fmt: skip
        if not self.company.calendar.is_open(month):
            total = int(metered.billed.sum()) + sum(event.billed for event in events)
            missing = round_to_cents(total) - total
            if abs(missing) > CENT:
                raise AssertionError("a rounding adjustment is at most a cent")
            index = self._single("RoundingAdjustment", "Adjustment", None, pooled("adjustments"), "rounding")
            events.append(Event(index, whole_month, missing, missing, missing, 0, None, {"contracted": missing}))
        return events

    # -- delivery --------------------------------------------------------------------------------------------------

    def invoice_ids(self, month: Month) -> tuple[str, ...]:
        """Return the numbers of a month's invoices: Azure, Azure Marketplace."""
        rng = generator(self.seed, f"azure-invoice-{month.key}")
        return f"E0{hexadecimal(rng, 8).upper()}", f"E0{hexadecimal(rng, 8).upper()}"

    def invoice_of(self, lines: Lines, month: Month) -> list[tuple[str, str, str, Ints]]:
        """Return the month's invoices: id, billing account, issuer, and the rows each bills."""
        market = np.array([bool(stream.flags.get("marketplace")) for stream in self.streams])[lines.stream]
        azure, marketplace = self.invoice_ids(month)
        return [
            (azure, self.billing_account, ISSUER, np.flatnonzero(~market)),
            (marketplace, self.billing_account, ISSUER, np.flatnonzero(market)),
        ]

    def tax_rows(self, lines: Lines) -> Bools:
        """Which lines are tax: none, Azure keeps tax out of the export."""
        return np.zeros(len(lines), dtype=np.bool_)

    def deliver(self, location: Path, month: Month, lines: Lines) -> list[Delivery]:
        """Write every run of a month, oldest first; the last one is in force."""
        calendar = self.company.calendar
        rng = generator(self.seed, f"azure-deliveries-{month.key}")
        final = not calendar.is_open(month)
        dates = lines.slot_dates()
        runs: list[tuple[datetime, Lines, bool]] = []
        for day in (2, 4):
            if day < calendar.days(month):
                known = np.flatnonzero((dates < month.day(day).toordinal()) & (dates >= month.first.toordinal()))
                runs.append((at(month.day(day), hour=7), lines.take(known), False))
        closing = month.next.first if final else shift(calendar.until, 1)
        runs.append((at(shift(closing, 4 if final else 0), hour=7), lines, final))
        constant = ConstantColumns([(name, pa.string()) for name in NAMES], self.streams)
        span = f"{month.first:%Y%m%d}-{month.last:%Y%m%d}"
        deliveries = []
        for moment, content, invoiced in runs:
            run = guid(rng)
            newest = content is lines
            delivery = Delivery(SOURCE_ID, month.key, FOLDER, run, newest)
            limit = min(200_000, max(len(lines) // 2 + 1, 2000))
            for part, (start, end) in enumerate(parts(len(content), limit)):
                path = f"{FOLDER}/{span}/{run}/part_{part}_0001.csv.gz"
                chunk = content.take(np.arange(start, end, dtype=np.int64))
                rows = tables(constant, chunk, partial(self._varying, month=month, invoiced=invoiced))
                delivery.files.append(write_csv_gz(location, path, rows))
            self._manifest(location, month, delivery, f"{FOLDER}/{span}/{run}", moment)
            deliveries.append(delivery)
        return deliveries

    def _manifest(self, location: Path, month: Month, delivery: Delivery, folder: str, moment: datetime) -> None:
        blobs = [{"blobName": file.path, "byteCount": file.size, "dataRowCount": file.rows} for file in delivery.files]
        content = {
            "manifestVersion": "2024-04-01",
            "byteCount": sum(file.size for file in delivery.files),
            "blobCount": len(blobs),
            "dataRowCount": sum(file.rows for file in delivery.files),
            "exportConfig": {
                "exportName": EXPORT,
                "resourceId": f"{self.billing_account}/providers/Microsoft.CostManagement/exports/{EXPORT}",
                "dataVersion": "1.2-preview",
                "apiVersion": "2023-07-01-preview",
                "type": "FocusCost",
                "timeFrame": "MonthToDate" if not delivery.in_force else "Custom",
                "granularity": "Daily",
            },
            "deliveryConfig": {
                "partitionData": True,
                "dataOverwriteBehavior": "CreateNewReport",
                "fileFormat": "Csv",
                "compressionMode": "gzip",
                "containerUri": "/subscriptions/billing/resourceGroups/rg-finops/providers/Microsoft.Storage"
                "/storageAccounts/haldenexports",
                "rootFolderPath": "billing",
            },
            "runInfo": {
                "executionType": "Scheduled",
                "submittedTime": f"{moment:%Y-%m-%dT%H:%M:%S}.1234567Z",
                "runId": delivery.run,
                "startDate": f"{month.first:%Y-%m-%d}T00:00:00",
                "endDate": f"{month.last:%Y-%m-%d}T00:00:00",
            },
            "blobs": blobs,
        }
        write_json(location, f"{folder}/manifest.json", content)

    def _varying(self, lines: Lines, month: Month, invoiced: bool) -> dict[str, pa.Array]:
        starts = pa.array([f"{slot.start:%Y-%m-%dT%H:%M:%SZ}" for slot in lines.slots])
        ends = pa.array([f"{slot.end:%Y-%m-%dT%H:%M:%SZ}" for slot in lines.slots])
        slot = pa.array(lines.slot)
        count = len(lines)
        unit = np.array([stream.constants.get("ConsumedUnit") is None for stream in self.streams])[lines.stream]
        priced = np.array([stream.constants.get("PricingUnit") is None for stream in self.streams])[lines.stream]
        committed = np.array([stream.constants.get("CommitmentDiscountId") is None for stream in self.streams])
        contracted = lines.extra["contracted"]
        azure, marketplace = self.invoice_ids(month)
        ids = pa.array([marketplace if stream.flags.get("marketplace") else azure for stream in self.streams])

        def blank(values: pa.Array, where: Bools) -> pa.Array:
            return pa.compute.if_else(pa.array(where), pa.scalar(None, pa.string()), values)

        listed = np.where(lines.listed, lines.list_cost, lines.native)
        columns = {
            "BilledCost": texts(lines.billed),
            "EffectiveCost": texts(lines.effective),
            "ListCost": texts(listed),
            "ContractedCost": texts(contracted),
            "x_BilledCostInUsd": texts(lines.billed // 100_000 * _USD_RATE),
            "x_EffectiveCostInUsd": texts(lines.effective // 100_000 * _USD_RATE),
            "x_ListCostInUsd": texts(listed // 100_000 * _USD_RATE),
            "x_ContractedCostInUsd": texts(contracted // 100_000 * _USD_RATE),
            "ConsumedQuantity": blank(texts(lines.quantity, 4), unit),
            "PricingQuantity": blank(texts(lines.quantity, 4), priced),
            "CommitmentDiscountQuantity": blank(texts(lines.extra["commitment"], 4), committed[lines.stream]),
            "BillingPeriodStart": pa.repeat(f"{month.first:%Y-%m-%d}T00:00:00Z", count),
            "BillingPeriodEnd": pa.repeat(f"{month.next.first:%Y-%m-%d}T00:00:00Z", count),
            "ChargePeriodStart": starts.take(slot),
            "ChargePeriodEnd": ends.take(slot),
            "x_ServicePeriodStart": starts.take(slot),
            "x_ServicePeriodEnd": ends.take(slot),
            "InvoiceId": ids.take(pa.array(lines.stream)) if invoiced else pa.nulls(count, pa.string()),
        }
        return columns


def service_name(stream: Stream) -> str:
    """Return the service's name as a person reads it on the bill."""
    return stream.constants["ServiceName"] or ""


def is_usage(stream: Stream) -> bool:
    """Whether the stream's lines are usage."""
    category: str = stream.constants["ChargeCategory"]
    return category == "Usage"

"""A hosting company that bills in FOCUS 1.3: files without a manifest, one per month, in kronor."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from orchestration.sample.calendar import Month
from orchestration.sample.chance import digits, generator, guid
from orchestration.sample.deliveries import Delivery, Placed, names, write_csv
from orchestration.sample.lines import Lines, shift
from orchestration.sample.providers.focus_bill import FocusBill, Offer
from orchestration.sample.providers.small import InvoiceOf, whole

HEADER = names(
    "AvailabilityZone BilledCost BillingAccountId BillingAccountName BillingAccountType BillingCurrency"
    " BillingPeriodEnd BillingPeriodStart ChargeCategory ChargeClass ChargeDescription ChargeFrequency"
    " ChargePeriodEnd ChargePeriodStart ConsumedQuantity ConsumedUnit ContractedCost ContractedUnitPrice"
    " EffectiveCost HostProviderName InvoiceId InvoiceIssuerName ListCost ListUnitPrice PricingCategory"
    " PricingCurrency PricingCurrencyContractedUnitPrice PricingCurrencyEffectiveCost"
    " PricingCurrencyListUnitPrice PricingQuantity PricingUnit ProviderName PublisherName RegionId RegionName"
    " ResourceId ResourceName ResourceType ServiceCategory ServiceName ServiceProviderName ServiceSubcategory"
    " SkuId SkuMeter SkuPriceDetails SkuPriceId SubAccountId SubAccountName SubAccountType Tags"
)


class HostingBill(FocusBill):
    """Two projects: a dedicated one, and one of many teams."""

    source_id = "fjord"
    kind = "focus"
    currency = "SEK"
    issuer = "Fjord Hosting AB"
    tax_beside = 25
    region = ("lulea-1", "Luleå")
    offers: ClassVar = {
        "server": Offer("Bare Metal", "Compute", "Virtual Machines", "bm-32", "Hours", "4.15", "server"),
        "archive": Offer("Cold Archive", "Storage", "Object Storage", "archive-gb", "GB-Days", "0.0021", "vault"),
    }

    def _make(self) -> None:
        own, mixed = guid(self._rng), guid(self._rng)
        self._account = f"FH-{digits(self._rng, 6)}"
        self._open(own, "fjord-transcode", self.company.owned("transcode", "prod", "account"))
        self._open(mixed, "fjord-archive")
        for project, offer, how, of, per_day in (
            (own, "server", "account", "transcode prod", 240), (mixed, "archive", "tag", "ledger prod", 180_000),
            (mixed, "archive", "centre", "CC-6030", 90_000), (mixed, "archive", "naming", "registry prod", 120_000),
            (mixed, "server", "cmdb", "editorial prod", 48), (mixed, "server", "nobody", "", 24),
        ):  # fmt: skip
            self._run(project, "fjord-transcode" if project == own else "fjord-archive", offer, how, of, per_day)

    def _resource_id(self, account: str, offer: str, name: str) -> str:
        return f"urn:fjord:{account[:8]}:{offer}/{name}"

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's invoice."""
        return [(self._invoice(month), self._account, self.issuer, whole(lines))]

    def _invoice(self, month: Month) -> str:
        return f"2026-{digits(generator(self.seed, f'fjord-{month.key}'), 5)}"

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write a file per month, named for the day it was made."""
        delivered: list[tuple[Delivery, list[Placed]]] = []
        for month, lines in months.items():
            final = not self.calendar.is_open(month)
            made = f"{shift(month.next.first, 1) if final else shift(self.calendar.until, 1):%Y%m%d}"
            rows = [self._row(lines, row, month, final) for row in range(len(lines))]
            file = write_csv(location, f"fjord_focus_{made}.csv", HEADER, rows)
            delivery = Delivery(self.source_id, month.key, "fjord_focus", made, True, [file])
            delivered.append((delivery, [Placed(file, month, whole(lines), whole(lines) + 1)]))
        return delivered

    def _row(self, lines: Lines, row: int, month: Month, invoiced: bool) -> list[str]:
        values = self._focus(lines, row, month)
        values.update(
            BillingAccountId=self._account,
            BillingAccountName="Halden Group",
            BillingAccountType="Customer",
            HostProviderName="Fjord Hosting",
            InvoiceId=self._invoice(month) if invoiced else "",
            PricingCurrencyContractedUnitPrice=values["ContractedUnitPrice"],
            PricingCurrencyEffectiveCost=values["EffectiveCost"],
            PricingCurrencyListUnitPrice=values["ListUnitPrice"],
            ProviderName="Fjord Hosting",
            PublisherName="Fjord Hosting",
            ServiceProviderName="Fjord Hosting",
            SubAccountType="Project",
        )
        return [values.get(name, "") for name in HEADER]

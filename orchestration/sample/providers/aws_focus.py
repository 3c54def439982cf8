"""Amazon Web Services in AWS's own FOCUS 1.2 export, of a payer account that was set up last year."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

from orchestration.sample.calendar import Month, month_slot
from orchestration.sample.chance import digits, generator, guid, hexadecimal
from orchestration.sample.company import pooled
from orchestration.sample.deliveries import Delivery, Placed, names, write_csv, write_json
from orchestration.sample.lines import Event, Lines, shift
from orchestration.sample.money import plain, round_to_cents
from orchestration.sample.providers.focus_bill import FocusBill, Offer
from orchestration.sample.providers.small import InvoiceOf, whole

EXPORT = "labs-focus"
_BUCKET = "labs-billing"
_TAX_PERCENT = 4
HEADER = names(
    "AvailabilityZone BilledCost BillingAccountId BillingAccountName BillingAccountType BillingCurrency"
    " BillingPeriodEnd BillingPeriodStart CapacityReservationId CapacityReservationStatus ChargeCategory"
    " ChargeClass ChargeDescription ChargeFrequency ChargePeriodEnd ChargePeriodStart CommitmentDiscountCategory"
    " CommitmentDiscountId CommitmentDiscountName CommitmentDiscountQuantity CommitmentDiscountStatus"
    " CommitmentDiscountType CommitmentDiscountUnit ConsumedQuantity ConsumedUnit ContractedCost"
    " ContractedUnitPrice EffectiveCost InvoiceId InvoiceIssuerName ListCost ListUnitPrice PricingCategory"
    " PricingCurrency PricingCurrencyContractedUnitPrice PricingCurrencyEffectiveCost"
    " PricingCurrencyListUnitPrice PricingQuantity PricingUnit ProviderName PublisherName RegionId RegionName"
    " ResourceId ResourceName ResourceType ServiceCategory ServiceName ServiceSubcategory SkuId SkuMeter"
    " SkuPriceDetails SkuPriceId SubAccountId SubAccountName SubAccountType Tags x_Discounts x_Operation"
    " x_ServiceCode"
)
_METERED = (
    "ConsumedQuantity", "ConsumedUnit", "PricingQuantity", "PricingUnit", "PricingCategory", "ListUnitPrice",
    "ContractedUnitPrice", "PricingCurrencyListUnitPrice", "PricingCurrencyContractedUnitPrice", "SkuId", "SkuMeter",
    "SkuPriceId", "ResourceName", "x_Operation",
)  # fmt: skip


class AmazonFocusBill(FocusBill):
    """Accounts of the research labs."""

    source_id = "aws-labs"
    kind = "aws_focus"
    issuer = "Amazon Web Services, Inc."
    tax_beside = None
    region = ("eu-north-1", "Europe (Stockholm)")
    offers: ClassVar = {
        "gpu": Offer("Amazon Elastic Compute Cloud", "Compute", "Virtual Machines", "EUN1-BoxUsage:g5.xlarge", "Hrs",
                     "1.067", "instance"),
        "bucket": Offer("Amazon Simple Storage Service", "Storage", "Object Storage", "EUN1-TimedStorage-ByteHrs",
                        "GB-Mo", "0.023", "bucket"),
        "notebook": Offer("Amazon SageMaker", "AI and Machine Learning", "Machine Learning",
                          "EUN1-Notebk:ml.m5.xlarge", "Hrs", "0.244", "notebook-instance"),
    }  # fmt: skip

    def _make(self) -> None:
        self._payer, own, mixed = (digits(self._rng, 12) for _ in range(3))
        self._open(own, "labs-embeddings", self.company.owned("embeddings", "dev", "account"))
        self._open(mixed, "labs-shared")
        for account, offer, how, of, per_day in (
            (own, "gpu", "account", "embeddings dev", 96), (own, "bucket", "account", "embeddings dev", 3800),
            (mixed, "gpu", "tag", "ranking dev", 48), (mixed, "notebook", "centre", "CC-5010", 72),
            (mixed, "bucket", "naming", "experiments dev", 2100), (mixed, "notebook", "cmdb", "cubes dev", 24),
            (mixed, "notebook", "nobody", "", 12),
        ):  # fmt: skip
            self._run(account, "labs-embeddings" if account == own else "labs-shared", offer, how, of, per_day)
        self._metered_streams = list(range(len(self.streams)))
        self._tax = self._add("tax", pooled("taxes"))
        self.streams[self._tax].constants.update(account=self._payer, account_name="labs-payer", offer="gpu",
                                                 resource="", name="", tags={})  # fmt: skip

    def _resource_id(self, account: str, offer: str, name: str) -> str:
        if offer == "gpu":
            return f"i-0{hexadecimal(self._rng, 16)}"
        return name if offer == "bucket" else f"arn:aws:sagemaker:eu-north-1:{account}:notebook-instance/{name}"

    def _events(self, month: Month) -> list[Event]:
        events = self._metered(month, self._metered_streams)
        tax = round_to_cents(sum(event.billed for event in events) * _TAX_PERCENT // 100)
        return [*events, Event(self._tax, month_slot(month), tax, tax, tax)]

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's invoice."""
        return [(self._invoice(month), self._payer, self.issuer, whole(lines))]

    def _invoice(self, month: Month) -> str:
        return digits(generator(self.seed, f"aws-labs-{month.key}"), 10)

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write one execution a month, and its manifest twice: beside it and as the newest of the month."""
        delivered: list[tuple[Delivery, list[Placed]]] = []
        for month, lines in months.items():
            final = not self.calendar.is_open(month)
            made = shift(month.next.first if final else shift(self.calendar.until, 1), 4)
            run = f"{made:%Y%m%d}T061500Z-{guid(generator(self.seed, f'aws-labs-run-{month.key}'))}"
            path = f"{EXPORT}/data/BILLING_PERIOD={month.key}/{run}/{EXPORT}-00001.csv.gz"
            rows = [self._row(lines, row, month, final) for row in range(len(lines))]
            file = write_csv(location, path, HEADER, rows)
            content = {
                "exportName": EXPORT,
                "executionId": run,
                "billingPeriod": month.key,
                "dataFiles": [f"s3://{_BUCKET}/{file.path}"],
                "columns": [{"name": name, "type": "string"} for name in HEADER],
            }
            folder = f"{EXPORT}/metadata/BILLING_PERIOD={month.key}"
            write_json(location, f"{folder}/{run}/{EXPORT}-Manifest.json", content)
            write_json(location, f"{folder}/{EXPORT}-Manifest.json", content)
            delivery = Delivery(self.source_id, month.key, EXPORT, run, True, [file])
            delivered.append((delivery, [Placed(file, month, whole(lines), whole(lines) + 1)]))
        return delivered

    def _row(self, lines: Lines, row: int, month: Month, invoiced: bool) -> list[str]:
        stream = self.streams[lines.stream[row]]
        values = self._focus(lines, row, month)
        for name in ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"):
            values[name] = values[name].replace("Z", ".000Z")
        # AWS names a thing by its tag Name, which nobody here sets
        values.update(
            BillingAccountId=self._payer,
            BillingAccountName="labs-payer",
            BillingAccountType="Management Account",
            InvoiceId=self._invoice(month) if invoiced else "",
            PricingCurrencyContractedUnitPrice=values["ContractedUnitPrice"],
            PricingCurrencyEffectiveCost=values["EffectiveCost"],
            PricingCurrencyListUnitPrice=values["ListUnitPrice"],
            ProviderName="AWS",
            PublisherName="AWS",
            ResourceName="",
            SubAccountType="Member Account",
            Tags=values["Tags"] or json.dumps({}),
            x_Discounts="{}",
            x_Operation="RunInstances",
            x_ServiceCode="AmazonEC2",
        )
        if stream.kind == "tax":
            values.update(dict.fromkeys(_METERED, ""))
            amount = plain(int(lines.billed[row]))
            values.update(
                ChargeCategory="Tax",
                ChargeDescription="Tax for product code AmazonEC2",
                ChargeFrequency="One-Time",
                ContractedCost=amount,
                ListCost=amount,
                RegionId="",
                RegionName="",
                ResourceType="",
                SubAccountType="Management Account",
            )
        return [values.get(name, "") for name in HEADER]

"""Google Cloud's FOCUS export (preview) of a second billing account: JSON lines, months of Pacific time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from orchestration.sample.calendar import Month, at
from orchestration.sample.chance import digits, generator, hexadecimal
from orchestration.sample.deliveries import Delivery, Placed, written
from orchestration.sample.lines import Lines, shift
from orchestration.sample.money import Ints
from orchestration.sample.providers.focus_bill import FocusBill, Offer
from orchestration.sample.providers.small import InvoiceOf, whole

# columns of FOCUS that the preview does not have
_ABSENT = ("ServiceCategory", "ServiceSubcategory", "InvoiceIssuerName", "ChargeFrequency", "SkuMeter", "Tags",
           "ResourceType")  # fmt: skip


class GoogleFocusBill(FocusBill):
    """Projects of the games studio's former account: some dedicated, one of many teams."""

    source_id = "gcp-media"
    kind = "gcp_focus"
    currency = "EUR"
    issuer = "Google Cloud"
    zone = "America/Los_Angeles"
    tax_beside = 21
    region = ("europe-west4", "Netherlands")
    offers: ClassVar = {
        "core": Offer("Compute Engine", "", "", "N2 Instance Core running in Netherlands", "hour", "0.0289", ""),
        "storage": Offer("Cloud Storage", "", "", "Standard Storage Netherlands", "gibibyte month", "0.0186", ""),
        "run": Offer("Cloud Run", "", "", "Services CPU in Netherlands", "hour", "0.0864", ""),
    }

    def _make(self) -> None:
        self._billing_account = "-".join(hexadecimal(self._rng, 6).upper() for _ in range(3))
        own, mixed = (f"media-{name}-{digits(self._rng, 5)}" for name in ("player", "labs"))
        self._numbers = {own: digits(self._rng, 12), mixed: digits(self._rng, 12)}
        self._open(own, "media-player", self.company.owned("player", "prod", "account"))
        self._open(mixed, "media-labs")
        for account, offer, how, of, per_day in (
            (own, "core", "account", "player prod", 4200), (own, "storage", "account", "player prod", 5100),
            (mixed, "run", "tag", "campaigns prod", 410), (mixed, "core", "centre", "CC-4030", 900),
            (mixed, "storage", "naming", "imagery prod", 2600), (mixed, "core", "nobody", "", 150),
        ):  # fmt: skip
            name = "media-player" if account == own else "media-labs"
            index = self._run(account, name, offer, how, of, per_day)
            constants = self.streams[index].constants
            # labels may only be in lower case
            constants["tags"] = {key.lower(): value.lower() for key, value in constants["tags"].items()}

    def _resource_id(self, account: str, offer: str, name: str) -> str:
        path = {"core": "zones/europe-west4-a/instances", "storage": "buckets", "run": "services"}[offer]
        return f"//{offer}.googleapis.com/projects/{account}/{path}/{name}"

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's invoice; the export does not carry its number."""
        number = digits(generator(self.seed, f"gcp-media-{month.key}"), 10)
        return [(number, self._billing_account, self.issuer, whole(lines))]

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write a folder per export month: lines of the last two days come with the next month's."""
        folders: dict[Month, list[tuple[Month, Lines, Ints]]] = {}
        for month, lines in months.items():
            late = (lines.slot_dates() >= month.last.toordinal() - 1) & (not self.calendar.is_open(month))
            folders.setdefault(month, []).append((month, lines, np.flatnonzero(~late)))
            if late.any():
                folders.setdefault(month.next, []).insert(0, (month, lines, np.flatnonzero(late)))
        delivered: list[tuple[Delivery, list[Placed]]] = []
        for folder, content in sorted(folders.items()):
            run = f"{shift(folder.next.first, 2):%Y%m%d}T041500Z"
            path = f"{folder.key}/{run}-000000000000.json"
            text: list[str] = []
            pieces: list[tuple[Month, Ints, Ints]] = []
            for month, lines, rows in content:
                pieces.append((month, rows, np.arange(len(rows), dtype=np.int64) + len(text) + 1))
                text += [json.dumps(self._row(lines, int(row), month, folder), ensure_ascii=False) for row in rows]
            (location / path).parent.mkdir(parents=True, exist_ok=True)
            (location / path).write_text("\n".join(text) + "\n", encoding="utf-8")
            file = written(location, path, len(text))
            keys = ",".join(month.key for month, _, _ in pieces)
            placed = [Placed(file, month, rows, numbers) for month, rows, numbers in pieces]
            delivered.append((Delivery(self.source_id, keys, folder.key, run, True, [file]), placed))
        return delivered

    def _row(self, lines: Lines, row: int, month: Month, folder: Month) -> dict[str, Any]:
        stream = self.streams[lines.stream[row]]
        values: dict[str, Any] = self._focus(lines, row, month)
        project, tags = values["SubAccountId"], stream.constants["tags"]
        for name in ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"):
            values[name] = values[name].replace("T", " ").replace("Z", " UTC")
        # the last day of the month, not the first of the next
        values["BillingPeriodEnd"] = f"{at(month.last, self.zone):%Y-%m-%d %H:%M:%S} UTC"
        values.update(
            BillingAccountId=self._billing_account,
            BillingAccountType="Billing Account",
            ChargeCategory="usage",
            PricingCategory="standard",
            ProviderName="Google Cloud",
            PublisherName="Google Cloud",
            SubAccountId=self._billing_account,
            SubAccountName="Media",
            PricingCurrencyEffectiveCost=values["EffectiveCost"],
            x_CostType="regular",
            x_Credits=[],
            x_CurrencyConversionRate=0.93,
            x_ExportTime=f"{max(shift(folder.first, 1), shift(month.first, 1)):%Y-%m-%d} 20:00:00 UTC",
            x_Labels=[{"Key": key, "Value": value} for key, value in tags.items()],
            x_Location=self.region[0],
            x_Project={"Id": project, "Number": self._numbers[project], "Name": stream.constants["account_name"]},
            x_ProjectLabels=[],
            x_SystemLabels=[],
            x_Tags=[],
        )
        return {name: value for name, value in sorted(values.items()) if name not in _ABSENT}

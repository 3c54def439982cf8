"""Small bills in the shape of FOCUS: what providers of such files share; each deviates in its own way."""

from __future__ import annotations

import json
from abc import abstractmethod
from typing import ClassVar, NamedTuple

from orchestration.sample.calendar import Month, at
from orchestration.sample.lines import Event, Lines
from orchestration.sample.money import plain
from orchestration.sample.providers.small import SmallBill


class Offer(NamedTuple):
    """A meter: service, its category and subcategory, SKU, unit, price per unit, type of the resource."""

    service: str
    category: str
    subcategory: str
    sku: str
    unit: str
    price: str
    resource_type: str


class FocusBill(SmallBill):
    """Metered things of a provider in accounts of it, one line a day each; amounts are prices times quantities."""

    tags = True
    zone = "UTC"
    region: tuple[str, str]
    offers: ClassVar[dict[str, Offer]]

    def _run(
        self, account: str, account_name: str, offer: str, how: str, of: str, per_day: float, kind: str = "usage"
    ) -> int:
        """Let something run; returns its stream."""
        ownership, tags, name = self._thing(how, of)
        meter = self.offers[offer]
        resource = self._resource_id(account, offer, name)
        if how == "cmdb":
            self._known(resource, ownership)
        index = self._add(kind, ownership, rate=meter.price, per_day=per_day, tagged=bool(tags))
        self.streams[index].constants.update(
            account=account, account_name=account_name, offer=offer, resource=resource, name=name, tags=tags
        )
        return index

    @abstractmethod
    def _resource_id(self, account: str, offer: str, name: str) -> str:
        """Return a thing's id at the provider."""

    def _events(self, month: Month) -> list[Event]:
        return self._metered(month, range(len(self.streams)), zone=self.zone)

    def _focus(self, lines: Lines, row: int, month: Month) -> dict[str, str]:
        """Return a line under the names of FOCUS 1.2, times in UTC."""
        stream = self.streams[lines.stream[row]]
        slot = lines.slots[lines.slot[row]]
        meter = self.offers[stream.constants["offer"]]
        quantity = plain(int(lines.quantity[row]), 4)
        stamp = "{:%Y-%m-%dT%H:%M:%SZ}"
        tags = stream.constants["tags"]
        return {
            "BilledCost": plain(int(lines.billed[row])),
            "BillingCurrency": self.currency,
            "BillingPeriodStart": stamp.format(at(month.first, self.zone)),
            "BillingPeriodEnd": stamp.format(at(month.next.first, self.zone)),
            "ChargeCategory": "Usage",
            "ChargeDescription": f"{meter.service}, {meter.sku}",
            "ChargeFrequency": "Usage-Based",
            "ChargePeriodStart": stamp.format(slot.start),
            "ChargePeriodEnd": stamp.format(slot.end),
            "ConsumedQuantity": quantity,
            "ConsumedUnit": meter.unit,
            "ContractedCost": plain(int(lines.billed[row])),
            "ContractedUnitPrice": meter.price,
            "EffectiveCost": plain(int(lines.effective[row])),
            "InvoiceIssuerName": self.issuer,
            "ListCost": plain(int(lines.list_cost[row])),
            "ListUnitPrice": plain(stream.list_rate),
            "PricingCategory": "Standard",
            "PricingCurrency": self.currency,
            "PricingQuantity": quantity,
            "PricingUnit": meter.unit,
            "RegionId": self.region[0],
            "RegionName": self.region[1],
            "ResourceId": stream.constants["resource"],
            "ResourceName": stream.constants["name"],
            "ResourceType": meter.resource_type,
            "ServiceCategory": meter.category,
            "ServiceName": meter.service,
            "ServiceSubcategory": meter.subcategory,
            "SkuId": meter.sku,
            "SkuMeter": meter.sku,
            "SkuPriceId": f"{meter.sku}-1",
            "SubAccountId": stream.constants["account"],
            "SubAccountName": stream.constants["account_name"],
            "Tags": json.dumps(tags) if tags else "",
        }

"""What an explanation is made of. Every class can be written as JSON: decimals as text, so that no digit is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Any

METRICS = ("billed_cost", "effective_cost", "list_cost", "contracted_cost")


@dataclass(frozen=True)
class Amounts:
    """The four costs of something, in its billing currency; None where the provider tells none."""

    billed_cost: Decimal | None
    effective_cost: Decimal | None
    list_cost: Decimal | None
    contracted_cost: Decimal | None

    @classmethod
    def of(cls, row: dict[str, Any], prefix: str = "") -> Amounts:
        """Return those of a row."""
        return cls(*(row[f"{prefix}{metric}"] for metric in METRICS))

    @classmethod
    def total(cls, parts: Iterable[Amounts]) -> Amounts:
        """Return the sum of amounts, as the ledger sums: what is not known is left out, unless nothing is known."""
        listed = list(parts)
        sums = []
        for metric in METRICS:
            known = [amount for part in listed if (amount := getattr(part, metric)) is not None]
            sums.append(sum(known, Decimal(0)) if known else None)
        return cls(*sums)

    def minus(self, other: Amounts) -> Amounts:
        """Return the difference; what is not known on both sides stays unknown."""
        return Amounts(*(_minus(getattr(self, metric), getattr(other, metric)) for metric in METRICS))


def _minus(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    return None if left is None and right is None else (left or Decimal(0)) - (right or Decimal(0))


@dataclass(frozen=True)
class Claim:
    """One rule's claim on something charged.

    Attributes:
        decided: whether it is the claim that won.
        outcome: the domain or pool that it leads to; None when it leads nowhere.
        reason: why it leads nowhere.
    """

    rule_id: str
    rule_version: int
    kind: str
    precedence: int
    decided: bool
    outcome: str | None
    evidence: str | None
    reason: str | None
    segment_from: dt.date
    segment_to: dt.date
    rationale: str | None = None
    owner: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True)
class Way:
    """One way by which an owner's part of a pool comes through a pool (itself, or another that it feeds).

    Attributes:
        via_pool_id: the pool that it comes through last.
        arriving_share: part of the first pool's cost that arrives there.
        share_of_arriving: the owner's part of what arrives.
        share_of_pool: their product, the owner's part of the first pool by this way.
        numerator: what that pool's driver says about the owner; else the weight that its method gives.
        denominator: what the driver says about all.
    """

    via_pool_id: str
    via_pool_version: int
    arriving_share: float
    share_of_arriving: float
    share_of_pool: float
    method: str
    driver_id: str | None
    driver_unit: str | None
    numerator: Decimal | None
    denominator: Decimal | None
    reason: str | None


@dataclass(frozen=True)
class Division:
    """One owner's part of a pool, in one scope and window.

    Attributes:
        window_hour: the hour (UTC) of a pool that is divided by the hour; -1 for others.
        numerator: what the driver says about the owner, in ``driver_unit``; else the weight that the method gives.
        denominator: the same over all owners.
        ratio: the part of each charge, ``share_to - share_from``.
        limited_by: the floor or cap that decided the ratio instead of the driver.
        attempt_reason: why the pool was divided by another attempt of its chain of fallbacks.
        resolution: how pools that feed pools were resolved; None for a pool that feeds none.
        ways: for a pool that feeds others, the ways by which the part came; their shares sum to the ratio.
        reason: why the pool went to its fallback; None when it was divided.
    """

    share_id: int
    pool_id: str
    pool_version: int
    pool_name: str | None
    scope_key: str
    window_start: dt.date
    window_hour: int
    domain_id: str
    method: str
    method_id: str | None
    driver_id: str | None
    driver_unit: str | None
    numerator: Decimal | None
    denominator: Decimal | None
    share_from: float
    share_to: float
    ratio: float
    limited_by: str | None
    attempt: int
    attempt_reason: str | None
    resolution: str | None
    ways: tuple[Way, ...]
    reason: str | None
    owner: str | None
    approved_by: str | None


@dataclass(frozen=True)
class ConsumerPart:
    """What of an owner's part one of its consumers (a workload, a key, …) is the reason of.

    Attributes:
        consumer_name: None for the part of which no consumer is known.
        via_pool_id: the pool that the cost was handed to because of the consumer; None when it came to the owner.
        quantity: what the driver says of the consumer, in ``unit``, summed over the shares that it has a part of.
    """

    domain_id: str
    currency: str
    via_pool_id: str | None
    technology: str | None
    consumer_name: str | None
    quantity: Decimal | None
    unit: str | None
    amounts: Amounts


@dataclass(frozen=True)
class SourceRow:
    """A charge, and the row of the file that it came in."""

    charge_id: int
    source_id: str
    delivery_id: str
    file: str
    row: int
    charge_date: dt.date
    provider: str | None
    service: str | None
    resource_id: str | None
    sub_account_id: str | None
    region_id: str | None
    category: str | None
    description: str | None
    cost_state: str | None
    repairs: str | None
    invoice_issuer: str | None
    invoice_id: str | None
    identity_id: int
    currency: str
    amounts: Amounts


@dataclass(frozen=True)
class Part:
    """An owner's part of a charge.

    Attributes:
        recomputed: the charge's costs between the bounds, worked out again; equal to ``published`` to the last digit.
    """

    charge: SourceRow
    domain_id: str
    rule_id: str | None
    rule_version: int | None
    attribution_method: str
    pool_id: str | None
    pool_version: int | None
    reason: str | None
    division: Division | None
    published: Amounts
    recomputed: Amounts


@dataclass(frozen=True)
class InvoiceLine:
    """A line of the invoice bridge: what charges belong to, and whether it ties.

    Attributes:
        has_weak_key: whether its charges have no invoice number, and go by issuer and account.
    """

    issuer: str | None
    invoice_id: str | None
    currency: str
    status: str
    invoiced_amount: Decimal | None
    billed_cost: Decimal | None
    difference: Decimal | None
    ties: bool | None
    has_weak_key: bool


def as_json(value: Any) -> Any:
    """Return a value as JSON has it: dataclasses as objects, decimals as text, dates as ISO 8601."""
    if is_dataclass(value) and not isinstance(value, type):
        content = {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
        if hasattr(value, "foots"):
            content["foots"] = value.foots
        return content
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return value

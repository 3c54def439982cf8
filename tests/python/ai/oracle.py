"""Who used what of the models of a day, worked out from the rules in plain Python: no SQL, no shared code."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

CLASSES = ("input", "cached", "cache_write", "output", "reasoning")
MILLION = Decimal(1_000_000)
NOT_SEEN = "__not_seen_by_gateway__"
IDLE = "__idle__"


@dataclass(frozen=True)
class Call:
    """What a team's gateway log adds up to on the day.

    Attributes:
        team: who called; ``ai_consumers`` gives teams a and b to domains of the same name.
        tokens: by class.
        is_batch: whether they were batch requests.

    """

    team: str
    tokens: dict[str, int]
    is_batch: bool = False


@dataclass(frozen=True)
class Meter:
    """A charge of the day's bill.

    Attributes:
        token_class: what it counts; None where the meter does not say.
        quantity: in tokens; None where the bill has none.
        list_cost: of it.
        is_batch: whether it is a meter of batch requests.
        is_usage: False for a credit.

    """

    token_class: str | None
    quantity: int | None
    list_cost: Decimal | None
    is_batch: bool = False
    is_usage: bool = True


@dataclass(frozen=True)
class Day:
    """One model on one day.

    Attributes:
        meters: its bill.
        calls: what the gateway logged.
        prices: per million, by class; a class that is missing has no price.
        batch_factor: None where batch requests have no price.
        capacity: input tokens that provisioned throughput can take that day; None for use by the token.
        weights: what a cached, written and output token count as of that capacity.

    """

    meters: tuple[Meter, ...]
    calls: tuple[Call, ...]
    prices: dict[str, Decimal] = field(default_factory=dict)
    batch_factor: Decimal | None = None
    capacity: int | None = None
    weights: tuple[Decimal, Decimal, Decimal] = (Decimal(0), Decimal(1), Decimal(1))


def price(day: Day, token_class: str | None, is_batch: bool) -> Decimal | None:
    """Return the price of a million tokens, or None when nobody knows it."""
    found = day.prices.get(token_class or "")
    if found is None or not is_batch:
        return found
    return None if day.batch_factor is None else found * day.batch_factor


def logged(day: Day) -> dict[str, Decimal] | None:
    """Return what each team's tokens are worth; None when a class that was used has no price."""
    worth: dict[str, Decimal] = {}
    for call in day.calls:
        for token_class, tokens in call.tokens.items():
            if not tokens:
                continue
            if day.capacity is not None:
                cached, written, output = day.weights
                weight = {"input": Decimal(1), "cached": cached, "cache_write": written}.get(token_class, output)
                value: Decimal | None = tokens * weight
            else:
                unit = price(day, token_class, call.is_batch)
                value = None if unit is None else tokens * unit / MILLION
            if value is None:
                return None
            worth[call.team] = worth.get(call.team, Decimal(0)) + value
    return worth


def billed(day: Day) -> tuple[str, Decimal] | None:
    """Return by what the bill is measured and how much it is; None when it cannot be, or has no use."""
    if day.capacity is not None:
        return ("capacity", Decimal(day.capacity)) if day.capacity > 0 else None
    usage = [meter for meter in day.meters if meter.is_usage]
    if not usage:
        return None
    priced = [
        None if meter.quantity is None or (unit := price(day, meter.token_class, meter.is_batch)) is None
        else meter.quantity * unit / MILLION
        for meter in usage
    ]  # fmt: skip
    if all(value is not None for value in priced):
        return "priced_tokens", sum((value for value in priced if value is not None), Decimal(0))
    lists = [meter.list_cost for meter in usage]
    if all(value is not None for value in lists):
        return "list_cost", sum((value for value in lists if value is not None), Decimal(0))
    return None


def shares(day: Day) -> dict[tuple[str, str], Decimal]:
    """Return the part of each target and consumer in the model's cost, as a fraction of 1."""
    measure, worth = billed(day), logged(day)
    rest = IDLE if day.capacity is not None and measure is not None else NOT_SEEN
    has_usage = day.capacity is not None or any(meter.is_usage for meter in day.meters)
    total = sum(worth.values(), Decimal(0)) if worth is not None else Decimal(0)
    if worth is None or total <= 0 or (measure is None and has_usage):
        return {("unallocated", rest): Decimal(1)}
    parts = {(team if team in ("a", "b") else "unallocated", team): value for team, value in worth.items() if value > 0}
    missing = measure[1] - total if measure is not None else Decimal(0)
    if missing > 0:
        parts["unallocated", rest] = missing
    whole = sum(parts.values())
    return {who: value / whole for who, value in parts.items()}

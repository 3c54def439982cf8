"""What Tieout publishes to the gateway: one JSON file of dated rows, small enough to be held in memory.

The gateway decides by itself which rows are in force, so that a day's change needs no publication. Quantities are
integers: tokens, calls, or billionths of a unit of a currency.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

FORMAT = 1
BILLIONTH = 1_000_000_000
ALERT_SHARES = (70, 85, 100)
"""Percent of a budget at which its owner is told, once each."""

REMEMBERED_MODELS = 1_000
"""Names of models whose prices are remembered."""

Fail = Literal["open", "closed"]


def folded(text: object) -> str:
    """Return the form in which names are compared: without outer spaces, in lower case."""
    return str(text or "").strip().lower()


@dataclass(frozen=True, kw_only=True)
class Dated:
    """A row with its validity, half open, as ISO days."""

    valid_from: str
    valid_to: str

    def in_force(self, day: str) -> bool:
        """Tell whether the row applies on a day."""
        return self.valid_from <= day < self.valid_to


@dataclass(frozen=True, kw_only=True)
class Settings(Dated):
    """How the gateway behaves.

    Attributes:
        when_unreadable: what becomes of calls while the state cannot be read: let through, or refused.
        output_tokens: the most tokens of an answer to a call that states no bound, under a budget with a cap.
        attachment_tokens: what an image, a file or an earlier answer that a call refers to is reserved as.
        hold_minutes: after how long a reservation that was never settled counts as used.
    """

    when_unreadable: Fail
    output_tokens: int
    attachment_tokens: int
    hold_minutes: int


@dataclass(frozen=True, kw_only=True)
class Identifier(Dated):
    """Something that says whose a call is.

    Attributes:
        kind: ``cost_centre`` (also a domain's id), or an attribute of calls that policy knows an owner of.
        value: compared form.
        product: the product of the domain, compared form; '' where several have the identifier.
    """

    kind: str
    value: str
    product: str = ""


@dataclass(frozen=True, kw_only=True)
class Budget(Dated):
    """What a team, product or workflow may use in a period.

    Attributes:
        budget_id: its name.
        kind: ``team``, ``product`` or ``workflow``.
        value: which one, compared form.
        unit: ``tokens``, or ``money:`` and the currency.
        amount: tokens, or billionths of the currency.
        period: ``day`` or ``month``, in UTC.
        has_cap: whether calls are refused before the amount is exceeded.
    """

    budget_id: str
    kind: str
    value: str
    unit: str
    amount: int
    period: str
    has_cap: bool

    def span(self, day: str) -> tuple[str, str]:
        """Return the first and last day of the period that a day lies in; the days of a month need not exist."""
        return (day, day) if self.period == "day" else (f"{day[:7]}-01", f"{day[:7]}-31")


@dataclass(frozen=True, kw_only=True)
class Limit(Dated):
    """A kill-switch: what happens when a consumer uses far more than it is used to.

    Attributes:
        limit_id: its name.
        kind: attribute of calls whose values are watched, each by itself.
        value: which one, compared form; '' for every one.
        unit: ``tokens`` or ``requests``.
        window_minutes: length of the rolling window.
        factor: times the baseline that is allowed.
        baseline_days: complete days before today that the baseline is taken from.
        minimum: what is allowed in a window however small the baseline is.
        new_consumer_allowance: what a consumer without a baseline may use in a window.
        action: ``notify``, ``throttle`` or ``suspend``.
        throttle_per_minute: calls a minute while throttled.
        expires_after_minutes: after how long the decision ends by itself.
    """

    limit_id: str
    kind: str
    value: str
    unit: str
    window_minutes: int
    factor: str
    baseline_days: int
    minimum: int
    new_consumer_allowance: int
    action: str
    throttle_per_minute: int
    expires_after_minutes: int

    def allowed(self, baseline: int | None) -> int:
        """Return what a window may hold; a baseline of None is that of a consumer without one."""
        if baseline is None:
            return self.new_consumer_allowance
        return max(self.minimum, math.floor(Decimal(self.factor) * baseline))


@dataclass(frozen=True, kw_only=True)
class Price(Dated):
    """Price of a million tokens of a kind, as a decimal number."""

    provider: str
    model: str
    token_class: str
    price_per_million: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class ModelName(Dated):
    """A pattern that turns the name of a model into the one that prices use; the first that is found counts.

    Attributes:
        only_provider: of this provider only, compared form; '' for any.
        pattern: regular expression, looked for in the compared form of the name.
        provider: provider that the price is of; '' for the one that was asked.
        model: the name; {1} to {3} stand for the pattern's groups.
    """

    only_provider: str
    pattern: str
    provider: str
    model: str


_Row = TypeVar("_Row", bound=Dated)


@dataclass(frozen=True)
class Rules:
    """The published file.

    Attributes:
        policy_revision: identity of the policy it was made from.
        published_at: when, ISO, UTC.
        elsewhere: what budgets' periods hold that did not pass this gateway: kind, value, unit, day, quantity.
    """

    policy_revision: str
    published_at: str
    settings: tuple[Settings, ...]
    identifiers: tuple[Identifier, ...] = ()
    budgets: tuple[Budget, ...] = ()
    limits: tuple[Limit, ...] = ()
    prices: tuple[Price, ...] = ()
    model_names: tuple[ModelName, ...] = ()
    elsewhere: tuple[tuple[str, str, str, str, int], ...] = ()

    def text(self) -> str:
        """Return the file's text."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def of_text(cls, text: str) -> Rules:
        """Read the file's text.

        Raises:
            ValueError: it is not what this version writes.
        """
        try:
            document = json.loads(text)
            if document["format"] != FORMAT:
                raise ValueError(f"format {document['format']}, not {FORMAT}")
            return cls(
                policy_revision=document["policy_revision"],
                published_at=document["published_at"],
                settings=_rows(Settings, document["settings"]),
                identifiers=_rows(Identifier, document["identifiers"]),
                budgets=_rows(Budget, document["budgets"]),
                limits=_rows(Limit, document["limits"]),
                prices=_rows(Price, document["prices"]),
                model_names=_rows(ModelName, document["model_names"]),
                elsewhere=tuple((k, v, u, d, int(q)) for k, v, u, d, q in document["elsewhere"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not the rules of a gateway ({type(error).__name__}: {error})") from None

    def on(self, day: dt.date) -> RulesOfDay:
        """Return what is in force on a day."""
        text = day.isoformat()
        return RulesOfDay(
            text,
            next((row for row in self.settings if row.in_force(text)), None),
            tuple(row for row in self.identifiers if row.in_force(text)),
            tuple(row for row in self.budgets if row.in_force(text)),
            tuple(row for row in self.limits if row.in_force(text)),
            tuple(row for row in self.prices if row.in_force(text)),
            tuple(row for row in self.model_names if row.in_force(text)),
            self.elsewhere,
        )


@dataclass(frozen=True)
class RulesOfDay:
    """What is in force on a day, ready to be asked."""

    day: str
    settings: Settings | None
    identifiers: tuple[Identifier, ...]
    budgets: tuple[Budget, ...]
    limits: tuple[Limit, ...]
    prices: tuple[Price, ...]
    model_names: tuple[ModelName, ...]
    elsewhere: tuple[tuple[str, str, str, str, int], ...]

    @cached_property
    def by_identifier(self) -> Mapping[tuple[str, str], Identifier]:
        """The identifiers by kind and compared form."""
        return {(row.kind, row.value): row for row in self.identifiers}

    @cached_property
    def budgets_of(self) -> Mapping[tuple[str, str], tuple[Budget, ...]]:
        """The budgets of each team, product and workflow."""
        found: dict[tuple[str, str], tuple[Budget, ...]] = {}
        for budget in self.budgets:
            key = (budget.kind, budget.value)
            found[key] = (*found.get(key, ()), budget)
        return found

    @cached_property
    def currencies(self) -> tuple[str, ...]:
        """Currencies that a budget in force is in."""
        return tuple(sorted({row.unit.partition(":")[2] for row in self.budgets if row.unit.startswith("money:")}))

    @cached_property
    def _prices_of(self) -> Mapping[tuple[str, str, str], Mapping[str, Decimal]]:
        found: dict[tuple[str, str, str], dict[str, Decimal]] = {}
        for row in self.prices:
            found.setdefault((row.provider, row.model, row.currency), {})[row.token_class] = Decimal(
                row.price_per_million
            )
        return found

    @cached_property
    def _priced_as(self) -> dict[tuple[str, str], tuple[str, str]]:
        return {}

    def priced_as(self, provider: str, model: str) -> tuple[str, str]:
        """Return provider and model as prices have them."""
        asked = (folded(provider), folded(model))
        found = self._priced_as.get(asked)
        if found is None:
            if len(self._priced_as) >= REMEMBERED_MODELS:
                self._priced_as.clear()  # a caller can make up any number of names
            found = self._priced_as[asked] = self._first_match(*asked)
        return found

    def _first_match(self, provider: str, model: str) -> tuple[str, str]:
        for row in self.model_names:
            match = re.search(row.pattern, model) if row.only_provider in ("", provider) else None
            if match is not None:
                name = row.model
                for group in range(1, 4):
                    text = match.group(group) if group <= match.re.groups else ""
                    name = name.replace(f"{{{group}}}", text or "")
                return row.provider or provider, folded(name)
        return provider, model

    def prices_of(self, provider: str, model: str, currency: str) -> Mapping[str, Decimal] | None:
        """Return a model's prices per million tokens by kind; None when it has none in the currency."""
        prices = self._prices_of.get((*self.priced_as(provider, model), currency))
        return prices if prices is not None and {"input", "output"} <= prices.keys() else None


def cost(tokens: Mapping[str, int], prices: Mapping[str, Decimal]) -> int:
    """Return what tokens cost, in billionths of the currency, rounded up: a cap is never passed by rounding.

    A kind of token without a price of its own has that of input (cached, cache_write) or output (reasoning).
    """
    per_million = sum(
        (
            count * prices.get(kind, prices["output" if kind == "reasoning" else "input"])
            for kind, count in tokens.items()
        ),
        Decimal(0),
    )
    return math.ceil(per_million * BILLIONTH / 1_000_000)


def read_rules(path: Path) -> Rules:
    """Read the published file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such file.
    """
    return Rules.of_text(path.read_text(encoding="utf-8"))


def _rows(kind: type[_Row], rows: Iterable[Mapping[str, Any]]) -> tuple[_Row, ...]:
    return tuple(kind(**row) for row in rows)

"""Models, those who call them, and what they used. Tokens are whole numbers; prices are per million tokens, as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from orchestration.sample.calendar import Calendar, at
from orchestration.sample.chance import generator, guid, hexadecimal
from orchestration.sample.company import OPEN_END, UNALLOCATED, Company

CLASSES = ("input", "cached", "cache_write", "output", "reasoning")
Tokens = dict[str, int]

LOGGED, METERED = "litellm", "totals"
GPT, MINI, SONNET, AZURE_GPT, RESERVED, NOVA, GEMINI = (
    "gpt-5", "gpt-5-mini", "claude-sonnet-4.6", "gpt-4.1", "provisioned managed global", "nova-pro", "gemini-2.5-flash",
)  # fmt: skip


@dataclass(frozen=True)
class Model:
    """A model at a provider that everybody calls through a gateway.

    Attributes:
        provider: who bills it: openai, anthropic, aws, azure, gcp.
        name: as policy names it.
        called: as the gateway's log names it.
        road: as the gateway names the way to the provider.
        through: the gateway: ``litellm`` logs every call, ``totals`` adds calls up by two hours.
        prices: of a million tokens, by kind; empty for capacity that is paid whether it is used or not.
        calls: a day, over all callers.
        prompt: input tokens of a call, on average.
        missed: percent of use, at most, that no gateway sees.
        batch: percent of the calls that wait for a batch, at half the price.

    """

    provider: str
    name: str
    called: str
    road: str
    through: str
    currency: str
    prices: dict[str, str]
    calls: int
    prompt: int
    missed: int
    batch: int = 0

    def __hash__(self) -> int:
        return hash((self.provider, self.name))


MODELS = (
    Model("openai", GPT, "gpt-5", "openai", LOGGED, "USD",
          {"input": "1.25", "cached": "0.125", "output": "10", "reasoning": "10"}, 70, 150_000, 9),
    Model("openai", MINI, "gpt-5-mini-2025-08-07", "openai", LOGGED, "USD",
          {"input": "0.25", "cached": "0.025", "output": "2", "reasoning": "2"}, 60, 120_000, 6),
    Model("anthropic", SONNET, "claude-sonnet-4-6", "anthropic", LOGGED, "USD",
          {"input": "3", "cached": "0.3", "cache_write": "3.75", "output": "15"}, 60, 180_000, 12),
    Model("azure", AZURE_GPT, "gpt-4.1", "azure", LOGGED, "EUR",
          {"input": "1.85", "cached": "0.46", "output": "7.4"}, 30, 100_000, 4),
    Model("azure", RESERVED, "gpt-4.1-reserved", "azure", METERED, "EUR", {}, 700, 16_000, 0),
    Model("aws", NOVA, "eu.amazon.nova-pro-v1:0", "bedrock", METERED, "USD",
          {"input": "0.8", "cached": "0.2", "output": "3.2"}, 900, 21_000, 0, batch=30),
    Model("gcp", GEMINI, "gemini-2.5-flash", "vertex_ai", METERED, "USD",
          {"input": "0.3", "cached": "0.03", "output": "2.5", "reasoning": "2.5"}, 1200, 18_000, 5),
)  # fmt: skip
UNITS, TOKENS_PER_UNIT_HOUR, OUTPUT_WEIGHT, UNIT_PRICE = 15, 180_000, 4, "0.92"
"""Provisioned throughput: units, input tokens that one takes in an hour, worth of an output token, price of an hour."""


@dataclass(frozen=True)
class Caller:
    """Somebody who calls models, and the one thing by which policy knows them.

    Attributes:
        known_by: key, team, workflow, use_case, product, own (the call names its domain) or nobody.
        owner: product and environment, or a cost centre.
        weight: part of the calls.

    """

    key: str
    team: str
    workflow: str
    use_case: str
    product: str
    known_by: str
    owner: str
    weight: int

    @property
    def value(self) -> str:
        """What policy knows them by."""
        return str(getattr(self, self.known_by))


def make_callers(rng: np.random.Generator) -> tuple[Caller, ...]:
    """Return everybody who has a key to the gateways."""
    people = (
        ("team-recommender", "nightly-ranking", "", "recommender", "key", "recommender prod", 5),
        ("team-checkout", "", "checkout-assistant", "", "team", "checkout prod", 4),
        ("team-loyalty", "", "", "", "team", "loyalty prod", 2),
        ("team-helpdesk", "ticket-triage", "", "", "workflow", "CC-6040", 4),
        ("team-risk", "", "alert-summaries", "", "use_case", "fraud prod", 3),
        ("team-editorial", "", "", "", "own", "CC-4030", 2),
        ("team-forecast", "", "", "forecast", "product", "forecast prod", 3),
        ("", "", "", "", "nobody", "", 1),
    )
    return tuple(Caller(hexadecimal(rng, 64), *person) for person in people)


def owner_of(company: Company, caller: Caller, day: date) -> str:
    """Return the domain that bears what a caller used on a day."""
    if caller.known_by == "nobody":
        return UNALLOCATED
    return [domain for since, domain in owners(company, caller) if day >= since][-1]


def owners(company: Company, caller: Caller) -> tuple[tuple[date, str], ...]:
    """Return the domains of a known caller, with the first day of each."""
    if caller.owner in company.cost_centres:
        return ((company.since, company.general(caller.owner)),)
    product, environment = caller.owner.split()
    return company.domain_history(product, environment)


@dataclass(frozen=True)
class Call:
    """A call, or in a gateway that counts in totals, some: ``outcome`` is success, failure or cached."""

    request_id: str
    moment: datetime
    model: Model
    caller: Caller
    tokens: Tokens
    requests: int = 1
    is_batch: bool = False
    outcome: str = "success"


@dataclass
class Use:
    """Everything that the gateways saw, and by model and day what was used beside them."""

    callers: tuple[Caller, ...]
    calls: list[Call] = field(default_factory=list)
    missed: dict[tuple[Model, date], Tokens] = field(default_factory=dict)

    def billed(self) -> dict[tuple[Model, date, str, bool], int]:
        """Return what providers meter: tokens by model, day, kind and whether in a batch."""
        sums: dict[tuple[Model, date, str, bool], int] = {}
        for call in self.calls:
            if call.outcome == "success":
                for kind, count in call.tokens.items():
                    key = (call.model, call.moment.date(), kind, call.is_batch)
                    sums[key] = sums.get(key, 0) + count
        for (model, day), tokens in self.missed.items():
            for kind, count in tokens.items():
                sums[(model, day, kind, False)] = sums.get((model, day, kind, False), 0) + count
        return {key: count for key, count in sums.items() if count}


def price(model: Model, kind: str, *, is_batch: bool) -> Decimal:
    """Return what a token costs."""
    of_million = Decimal(model.prices[kind]) / (2 if is_batch else 1)
    return of_million / 1_000_000


def make_use(calendar: Calendar, seed: int, share: float) -> Use:
    """Let everybody call models on every day.

    Args:
        calendar: the months.
        seed: of the chance.
        share: of the calls of the default estate, for small and large estates.

    """
    rng = generator(seed, "models")
    use = Use(make_callers(rng))
    day = calendar.months[0].first
    while day <= calendar.until:
        for model in MODELS:
            rows = _logged(model, use.callers, day, share, rng) if model.through == LOGGED else ()
            calls = list(rows or _totals(model, use.callers, day, rng))
            use.calls += calls
            if model.missed:
                use.missed[(model, day)] = _missed(model, calls, rng)
        day += timedelta(days=1)
    return use


def _logged(
    model: Model, callers: tuple[Caller, ...], day: date, share: float, rng: np.random.Generator
) -> Iterator[Call]:
    count = max(int(model.calls * share * int(rng.integers(80, 121)) / 100), len(callers))
    who = rng.choice(len(callers), count, p=_weights(callers)).tolist()
    seconds = np.sort(rng.integers(0, 86_400, count)).tolist()
    lengths = rng.integers(20, 181, (count, 3)).tolist()
    fates = rng.integers(0, 100, count).tolist()
    midnight = at(day)
    for caller, second, (asked, answered, repeated), fate in zip(who, seconds, lengths, fates, strict=True):
        tokens = _tokens(model, model.prompt * asked // 100, answered, repeated)
        outcome = "failure" if fate == 0 else "cached" if fate == 1 else "success"
        moment = midnight + timedelta(seconds=second)
        yield Call(guid(rng), moment, model, callers[caller], tokens, outcome=outcome)


def _totals(model: Model, callers: tuple[Caller, ...], day: date, rng: np.random.Generator) -> Iterator[Call]:
    """Return the totals of the callers who use the other gateway, in hours of European work."""
    some = [caller for caller in callers if caller.known_by in {"key", "product", "workflow", "nobody"}]
    midnight = at(day)
    whole = sum(caller.weight for caller in some)
    for hour in range(8, 20, 2):
        for caller in some:
            calls = model.calls * caller.weight * int(rng.integers(60, 141)) // (whole * 6 * 100)
            if calls:
                asked, answered, repeated = rng.integers(60, 141, 3).tolist()
                tokens = _tokens(model, model.prompt * calls * asked // 100, answered, repeated)
                is_batch = int(rng.integers(0, 100)) < model.batch
                if is_batch:
                    # what waits for a batch is read from no cache
                    tokens["input"] += tokens.pop("cached", 0)
                yield Call("", midnight + timedelta(hours=hour), model, caller, tokens, calls, is_batch)


def _tokens(model: Model, prompt: int, answered: int, repeated: int) -> Tokens:
    """Return the tokens of a call by kind: ``answered`` and ``repeated`` are percents of what is usual."""
    kinds = model.prices or {"input": "", "cached": "", "output": ""}
    cached = min(prompt * repeated // 300, prompt) if "cached" in kinds else 0
    written = prompt // 20 if "cache_write" in kinds else 0
    output = prompt * answered // 1200 + 40
    thought = output // 3 if "reasoning" in kinds else 0
    tokens = {"input": prompt - cached - written, "cached": cached, "cache_write": written, "output": output - thought,
              "reasoning": thought}  # fmt: skip
    return {kind: max(tokens[kind], 0) for kind in CLASSES if kind in kinds}


def _missed(model: Model, calls: list[Call], rng: np.random.Generator) -> Tokens:
    """Return what was used with keys that do not go through a gateway."""
    percent = int(rng.integers(model.missed // 3, model.missed + 1))
    sums: Tokens = {}
    for call in calls:
        if call.outcome == "success" and not call.is_batch:
            for kind, count in call.tokens.items():
                sums[kind] = sums.get(kind, 0) + count
    return {kind: count * percent // 100 for kind, count in sums.items()}


def _weights(callers: tuple[Caller, ...]) -> list[float]:
    whole = sum(caller.weight for caller in callers)
    return [caller.weight / whole for caller in callers]


def spans(company: Company, caller: Caller) -> Iterator[tuple[date, date, str]]:
    """Return the domains of a known caller with their days of validity."""
    history = owners(company, caller)
    for position, (since, domain_id) in enumerate(history):
        yield since, history[position + 1][0] if position + 1 < len(history) else OPEN_END, domain_id

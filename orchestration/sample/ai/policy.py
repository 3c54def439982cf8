"""What the company decided about its models: how their cost is divided, prices, whose a caller is, what is held."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orchestration.sample.ai.bills import GATEWAY
from orchestration.sample.ai.world import (
    MODELS,
    OUTPUT_WEIGHT,
    RESERVED,
    TOKENS_PER_UNIT_HOUR,
    UNITS,
    Caller,
    spans,
)
from orchestration.sample.company import OPEN_END, Company
from orchestration.sample.deliveries import write_rows
from orchestration.sample.pools import CHARGE_DAY, PROPORTIONAL, Driver, Pool

PRICED_TOKENS = "ai_priced_tokens"
DRIVERS: tuple[Driver, ...] = (
    Driver(PRICED_TOKENS, "usage", "", "Tokens of a model by their prices, from the logs of the gateways"),
)
POOLS: tuple[Pool, ...] = (
    Pool(
        GATEWAY, "AI gateway", PROPORTIONAL, PRICED_TOKENS, CHARGE_DAY, "AI_BY_PRICED_TOKENS",
        "Every model's bill of a day is divided by what each caller's tokens cost; what no gateway saw is told apart.",
        scope_by="ai_model", told_apart=True,
    ),
)  # fmt: skip
ANSWERED_FOR = ("openai", "azure")
"""Providers whose keys the platform team hands out: what passes the gateway by is its own."""


@dataclass(frozen=True)
class Budget:
    """What somebody may use in a month or a day: tokens, or money where there is a currency."""

    budget_id: str
    kind: str
    value: str
    amount: int
    period: str
    at_cap: str
    rationale: str
    currency: str = ""


BUDGETS = (
    Budget("checkout-assistant", "team", "team-checkout", 200_000_000, "month", "refuse",
           "What the assistant earns pays for no more."),
    Budget("forecast-spend", "product", "forecast", 400, "month", "notify",
           "What the forecast is worth; models that are billed in other currencies are watched in tokens.", "USD"),
    Budget("nightly-ranking", "workflow", "nightly-ranking", 40_000_000, "day", "refuse",
           "A night that takes more has gone wrong."),
    Budget("ticket-triage", "workflow", "ticket-triage", 800_000_000, "month", "notify",
           "A ticket must not wait, whatever it costs; somebody should know."),
)  # fmt: skip


def keeper(company: Company) -> str:
    """Return the domain that bears what is held for everybody."""
    return company.domain("CC-6010", "devportal", "prod")


def write_policy(folder: Path, company: Company, callers: tuple[Caller, ...], owner: str, approver: str) -> None:
    """Write prices, callers and capacity."""
    dates = [company.since.isoformat(), OPEN_END.isoformat()]
    columns = ["rationale", "owner", "approved_by", "valid_from", "valid_to"]
    (reserved,) = [model for model in MODELS if model.name == RESERVED]
    write_rows(
        folder / "ai_models.csv",
        ["pattern_id", "precedence", "reads", "service_provider", "name_pattern", "provider", "model", "token_class",
         "is_batch", "tokens_per_unit", "model_family", "model_class", "valid_from", "valid_to"],
        [["reserved-deployment", "10", "model", "", f"^{reserved.called.replace('.', '[.]')}$", "", RESERVED,
          *[""] * 5, *dates]],
    )  # fmt: skip
    write_rows(
        folder / "ai_token_prices.csv",
        ["provider", "model", "token_class", "price_per_million", "batch_factor", "currency", "source", "approved_by",
         "valid_from", "valid_to"],
        [
            [model.provider, model.name, kind, amount, "0.5" if model.batch else "", model.currency, "the price list",
             approver, *dates]
            for model in MODELS
            for kind, amount in model.prices.items()
        ],
    )  # fmt: skip
    rows = []
    for caller in callers:
        if caller.known_by in {"own", "nobody"}:
            continue
        values = [caller.value]
        if caller.known_by == "key":
            # the other gateway shows the beginning of a key
            values.append(caller.value[:16])
        for since, until, domain_id in spans(company, caller):
            rows += [
                [caller.known_by, value, "", domain_id, "", "They asked for it, and said who pays.", owner, approver,
                 since.isoformat(), until.isoformat()]
                for value in values
            ]  # fmt: skip
    rows += [
        ["not_seen_by_gateway", "", provider, keeper(company), "", "Keys of this provider are the platform team's.",
         owner, approver, *dates]
        for provider in ANSWERED_FOR
    ]  # fmt: skip
    write_rows(folder / "ai_consumers.csv", ["kind", "value", "provider", "domain_id", "pool_id", *columns], rows)
    write_rows(
        folder / "ai_capacity.csv",
        ["capacity_id", "provider", "model", "units", "tokens_per_unit_hour", "cached_weight", "cache_write_weight",
         "output_weight", "idle_domain_id", "idle_pool_id", "committed_tokens", "committed_cost", "currency", *columns],
        [["halden-ptu", reserved.provider, RESERVED, str(UNITS), str(TOKENS_PER_UNIT_HOUR), "0", "", str(OUTPUT_WEIGHT),
          keeper(company), "", "", "", "", "Held so that nobody waits; the platform team answers for how much.", owner,
          approver, *dates]],
    )  # fmt: skip
    write_rows(
        folder / "ai_budgets.csv",
        ["budget_id", "kind", "value", "unit", "currency", "amount", "period", "at_cap", *columns],
        [
            [budget.budget_id, budget.kind, budget.value, "money" if budget.currency else "tokens", budget.currency,
             str(budget.amount), budget.period, budget.at_cap, budget.rationale, owner, approver, *dates]
            for budget in BUDGETS
        ],
    )  # fmt: skip
    write_rows(
        folder / "ai_limits.csv",
        ["limit_id", "kind", "value", "unit", "window_minutes", "factor", "baseline_days", "minimum",
         "new_consumer_allowance", "action", "throttle_per_minute", "expires_after_minutes", *columns],
        [["runaway-agents", "workflow", "", "tokens", "60", "8", "14", "2000000", "5000000", "suspend", "", "240",
          "An agent that talks to itself is stopped before its owner has read the bill.", owner, approver, *dates]],
    )  # fmt: skip

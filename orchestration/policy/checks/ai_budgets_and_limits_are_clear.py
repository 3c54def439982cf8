"""A budget has an amount of its unit, and a limit what its action needs."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.currencies import is_currency
from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding, did_you_mean
from orchestration.policy.model import Policy
from orchestration.policy.tables import AiBudget, AiLimit

MOST_WINDOW_MINUTES = 1440
MOST_BASELINE_DAYS = 60


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield budgets and limits that could not be enforced as they are meant."""
    products = {same(domain.product): domain.product for domain in policy.cost_domains}
    for budget in policy.ai_budgets:
        yield from _budget(policy, budget)
        known = same(budget.value) in products or policy.is_damaged("cost_domains", budget.value)
        if budget.kind == "product" and not known and policy.damaged.get("cost_domains", set()) is not None:
            yield policy.finding(
                "ai_budgets",
                budget,
                "value",
                found=f"the product '{budget.value}'",
                expected="a product of cost_domains.csv",
                cure=did_you_mean(budget.value, products.values()) or "Correct the name: nothing would count to it.",
            )
    for limit in policy.ai_limits:
        yield from _limit(policy, limit)


def _budget(policy: Policy, budget: AiBudget) -> Iterator[PolicyFinding]:
    if budget.amount <= 0 or (budget.unit == "tokens" and budget.amount != int(budget.amount)):
        yield policy.finding(
            "ai_budgets",
            budget,
            "amount",
            found=f"{budget.amount}",
            expected="a whole number of tokens above 0" if budget.unit == "tokens" else "an amount above 0",
            cure="Write what may be used in the period; end the row to have no budget.",
        )
    if (budget.unit == "money") != (budget.currency is not None):
        yield policy.finding(
            "ai_budgets",
            budget,
            "currency",
            found=f"'{budget.currency}'" if budget.currency else "nothing",
            expected="the currency, for a budget in money" if budget.unit == "money" else "nothing, for tokens",
            cure="Name the currency that the prices of its models are in."
            if budget.unit == "money"
            else "Blank it, or make the unit money.",
        )
    elif budget.currency is not None and not is_currency(budget.currency):
        yield policy.finding(
            "ai_budgets",
            budget,
            "currency",
            found=f"'{budget.currency}'",
            expected="an ISO 4217 code in capitals, as listed in seeds/reference/currencies.csv",
            cure="Correct the code.",
        )


def _limit(policy: Policy, limit: AiLimit) -> Iterator[PolicyFinding]:
    if limit.factor < 1:
        yield policy.finding(
            "ai_limits",
            limit,
            "factor",
            found=f"{limit.factor}",
            expected="1 or more times the baseline",
            cure="Write how many times its baseline a consumer may use in a window.",
        )
    for column, most in (("window_minutes", MOST_WINDOW_MINUTES), ("baseline_days", MOST_BASELINE_DAYS)):
        if getattr(limit, column) > most:
            yield policy.finding(
                "ai_limits",
                limit,
                column,
                found=f"{getattr(limit, column)}",
                expected=f"1 to {most}",
                cure="Shorten it; for what is used in a month there are budgets.",
            )
    if (limit.action == "throttle") != (limit.throttle_per_minute is not None):
        yield policy.finding(
            "ai_limits",
            limit,
            "throttle_per_minute",
            found="nothing" if limit.throttle_per_minute is None else f"{limit.throttle_per_minute}",
            expected="calls a minute, for the action throttle"
            if limit.action == "throttle"
            else f"nothing, for the action {limit.action}",
            cure="Fill it in, or choose suspend." if limit.action == "throttle" else "Blank it.",
        )

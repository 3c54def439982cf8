"""Who used the models, and who pays: per provider, model and day, in exact arithmetic. For tests only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.sample.ai.bills import ModelBill
from orchestration.sample.ai.policy import ANSWERED_FOR, BUDGETS, Budget, keeper
from orchestration.sample.ai.world import LOGGED, OUTPUT_WEIGHT, TOKENS_PER_UNIT_HOUR, UNITS, Call, Use, owner_of, price
from orchestration.sample.calendar import Month
from orchestration.sample.company import UNALLOCATED, Company

IDLE, NOT_SEEN = "__idle__", "__not_seen_by_gateway__"
_DIGITS = Decimal("1e-12")
SCHEMA = pa.schema(
    [
        ("provider", pa.string()),
        ("model", pa.string()),
        ("charge_date", pa.date32()),
        # key of a caller, __idle__ or __not_seen_by_gateway__
        ("key_id", pa.string()),
        ("domain_id", pa.string()),
        ("billing_currency", pa.string()),
        ("effective_cost", pa.decimal128(38, 12)),
        ("requests", pa.int64()),
        ("tokens", pa.int64()),
    ]
)
BUDGET_SCHEMA = pa.schema(
    [
        ("billing_period", pa.string()),
        ("budget_id", pa.string()),
        ("period_from", pa.date32()),
        ("consumed_at_least", pa.decimal128(38, 12)),
        ("unpriced_tokens", pa.int64()),
        ("tokens", pa.int64()),
        ("requests", pa.int64()),
        *((f"reached_{share}_on", pa.date32()) for share in (70, 85, 100)),
    ]
)


def ai_truth(company: Company, use: Use, bills: Iterable[ModelBill]) -> list[dict[str, object]]:
    """Return what every caller's part of each model and day costs whom, and what nobody was seen to use."""
    by_model: dict[tuple[str, str, date], list[Call]] = defaultdict(list)
    for call in use.calls:
        if call.outcome == "success":
            by_model[(call.model.provider, call.model.name, call.moment.date())].append(call)
    rows: list[dict[str, object]] = []
    with localcontext() as context:
        context.prec = 50
        for bill in bills:
            for (model, day), billed in bill.costs.items():
                parts: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
                for call in by_model[(model.provider, model.name, day)]:
                    key = call.caller.key if model.through == LOGGED else call.caller.key[:16]
                    used = (
                        sum(
                            (price(model, kind, is_batch=call.is_batch) * count for kind, count in call.tokens.items()),
                            Decimal(0),
                        )
                        if model.prices
                        else billed * _weighed(call) / (UNITS * 24 * TOKENS_PER_UNIT_HOUR)
                    )
                    more = (used, Decimal(call.requests), Decimal(sum(call.tokens.values())))
                    found = parts[(key, owner_of(company, call.caller, day))]
                    found[:] = [total + part for total, part in zip(found, more, strict=True)]
                rest = billed - sum(part[0] for part in parts.values())
                if rest < 0:
                    raise AssertionError(f"{model.name} on {day}: more was used than billed")
                if not model.prices:
                    parts[(IDLE, keeper(company))][0] = rest
                elif rest:
                    bears = keeper(company) if model.provider in ANSWERED_FOR else UNALLOCATED
                    parts[(NOT_SEEN, bears)][0] = rest
                for (key, domain_id), (cost, requests, tokens) in sorted(parts.items()):
                    rows.append(
                        {
                            "provider": model.provider,
                            "model": model.name,
                            "charge_date": day,
                            "key_id": key,
                            "domain_id": domain_id,
                            "billing_currency": model.currency,
                            "effective_cost": cost.quantize(_DIGITS),
                            "requests": int(requests),
                            "tokens": int(tokens),
                        }
                    )
    return rows


def budget_truth(use: Use, months: Iterable[Month]) -> list[dict[str, object]]:
    """Return what is used of every budget, by what the gateways saw: of each month, or of each day with a call."""
    rows: list[dict[str, object]] = []
    for budget in BUDGETS:
        days: dict[date, Spent] = defaultdict(Spent)
        for call in use.calls:
            if getattr(call.caller, budget.kind) == budget.value:
                days[call.moment.date()].add(call, budget.currency)
        for month in months:
            of_month = sorted(day for day in days if month.first <= day <= month.last)
            spans = [[day] for day in of_month] if budget.period == "day" else [of_month]
            rows += [_stand(budget, month, span, days) for span in spans]
    return rows


@dataclass
class Spent:
    """What calls count of a budget: ``known`` in its unit, and tokens that have no price in it."""

    known: Decimal = Decimal(0)
    unpriced: int = 0
    tokens: int = 0
    requests: int = 0

    def add(self, call: Call, currency: str) -> None:
        """Count a call; one that came to nothing, or was answered from the gateway's own cache, has no tokens."""
        self.requests += call.requests
        if call.outcome != "success":
            return
        tokens = sum(call.tokens.values())
        self.tokens += tokens
        if not currency:
            self.known += tokens
        elif call.model.prices and call.model.currency == currency:
            self.known += sum(
                (price(call.model, kind, is_batch=call.is_batch) * count for kind, count in call.tokens.items()),
                Decimal(0),
            )
        else:
            self.unpriced += tokens


def _stand(budget: Budget, month: Month, span: list[date], days: dict[date, Spent]) -> dict[str, object]:
    known = Decimal(0)
    reached_on: dict[int, date | None] = dict.fromkeys((70, 85, 100))
    for day in span:
        known += days[day].known
        for share, already in reached_on.items():
            if already is None and known * 100 >= budget.amount * share:
                reached_on[share] = day
    return {
        "billing_period": f"{month.first:%Y-%m}",
        "budget_id": budget.budget_id,
        "period_from": span[0] if budget.period == "day" else month.first,
        "consumed_at_least": known.quantize(_DIGITS),
        "unpriced_tokens": sum(days[day].unpriced for day in span),
        "tokens": sum(days[day].tokens for day in span),
        "requests": sum(days[day].requests for day in span),
        **{f"reached_{share}_on": day for share, day in reached_on.items()},
    }


def write_truth(path: Path, rows: list[dict[str, object]]) -> None:
    """Write the truth of all models."""
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path, compression="zstd")


def write_budget_truth(path: Path, rows: list[dict[str, object]]) -> None:
    """Write the truth of all budgets."""
    pq.write_table(pa.Table.from_pylist(rows, schema=BUDGET_SCHEMA), path, compression="zstd")


def _weighed(call: Call) -> Decimal:
    """Return what a call takes of provisioned throughput, in input tokens; what is cached takes nothing."""
    return Decimal(call.tokens["input"] + call.tokens["output"] * OUTPUT_WEIGHT)

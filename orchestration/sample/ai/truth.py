"""Who used the models, and who pays: per provider, model and day, in exact arithmetic. For tests only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, localcontext
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.sample.ai.bills import ModelBill
from orchestration.sample.ai.policy import ANSWERED_FOR, keeper
from orchestration.sample.ai.world import LOGGED, OUTPUT_WEIGHT, TOKENS_PER_UNIT_HOUR, UNITS, Call, Use, owner_of, price
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


def write_truth(path: Path, rows: list[dict[str, object]]) -> None:
    """Write the truth of all models."""
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path, compression="zstd")


def _weighed(call: Call) -> Decimal:
    """Return what a call takes of provisioned throughput, in input tokens; what is cached takes nothing."""
    return Decimal(call.tokens["input"] + call.tokens["output"] * OUTPUT_WEIGHT)

"""Provisioned throughput says what it can take, and a commitment what it is of."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy
from orchestration.policy.tables import AiCapacity


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield capacities of no model, two of one model at a time, costs in no currency, and rows that say nothing."""
    measured: dict[tuple[str, str], list[AiCapacity]] = {}
    for row in policy.ai_capacity:
        is_measured = row.tokens_per_unit_hour is not None
        if is_measured and not row.tokens_per_unit_hour:
            yield policy.finding(
                "ai_capacity",
                row,
                "tokens_per_unit_hour",
                found="0",
                expected="the input tokens that a unit takes in an hour",
                cure="Write the vendor's figure, or leave the cell blank.",
            )
        if is_measured and row.model is None:
            yield policy.finding(
                "ai_capacity",
                row,
                "model",
                found="nothing",
                expected="the model whose charges are the provisioned throughput",
                cure="Write the model as ai_models.csv names it; one model has one capacity.",
            )
        if row.committed_cost is not None and row.currency is None:
            yield policy.finding(
                "ai_capacity",
                row,
                "currency",
                found="nothing",
                expected="the currency of committed_cost",
                cure="Write the ISO 4217 code.",
            )
        if not is_measured and row.committed_tokens is None and row.committed_cost is None:
            yield policy.finding(
                "ai_capacity",
                row,
                "tokens_per_unit_hour",
                found="nothing",
                expected="tokens_per_unit_hour, committed_tokens or committed_cost",
                cure="Say what the capacity can take or what is committed, or remove the row.",
            )
        if is_measured and row.model is not None:
            model = (same(row.provider), same(row.model))
            for other in measured.get(model, []):
                if row.overlaps(other) and same(row.capacity_id) != same(other.capacity_id):
                    yield policy.finding(
                        "ai_capacity",
                        row,
                        "model",
                        found=f"'{row.model}', which is '{other.capacity_id}' on line {other.line} too",
                        expected="one capacity per model at a time",
                        cure="Give each its own model in ai_models.csv, or put the two rows together.",
                    )
            measured.setdefault(model, []).append(row)

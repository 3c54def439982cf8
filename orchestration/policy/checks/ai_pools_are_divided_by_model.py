"""What gateways log is about one model at a time: a pool that is divided by it is divided model by model."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy

DRIVER = "ai_priced_tokens"
"""What gateways log of the use of models, priced."""


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield pools that are divided by priced tokens and not by model."""
    asking = {same(row.pool_id) for row in policy.pool_fallbacks if same(row.driver_id) == DRIVER}
    for pool in policy.pools:
        if (same(pool.driver_id) == DRIVER or same(pool.pool_id) in asking) and pool.scope_by != "ai_model":
            yield policy.finding(
                "pools",
                pool,
                "scope_by",
                found=f"'{pool.scope_by}'" if pool.scope_by else "nothing",
                expected=f"ai_model, for a pool divided by {DRIVER}",
                cure="Write ai_model: prices, coverage and idle capacity are those of one model.",
            )

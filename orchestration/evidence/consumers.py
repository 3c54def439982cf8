"""Consumers: whose use a part of a pool is, and what of its amounts each of them is the reason of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from orchestration.evidence.model import METRICS, Amounts, ConsumerPart
from orchestration.evidence.parts import between
from orchestration.evidence.published import Published


def consumers_of(
    published: Published, ledger: str, keys: Sequence[str], parameters: Mapping[str, Any] | None = None
) -> dict[tuple[Any, ...], tuple[ConsumerPart, ...]]:
    """Return the consumers behind rows of the ledger, by key; together they are the key's published amounts.

    Args:
        published: the publication.
        ledger: SQL that selects rows of fct_allocated_costs.
        keys: its columns to sum by. Keys of which no consumer is known are left out.
        parameters: of ``ledger``.
    """
    if not published.has("fct_consumer_shares"):
        return {}
    named = ", ".join(f"ledger.{key}" for key in keys)
    parts = ", ".join(f"sum({between(metric)}) as {metric}" for metric in METRICS)
    sums = ", ".join(f"sum({metric}) as {metric}" for metric in METRICS)
    rows = published.rows(
        f"""
        with ledger as ({ledger}),

        divided as (
            select {named}, ledger.domain_id as owner, ledger.billing_currency as currency,
                {", ".join(f"ledger.{metric}" for metric in METRICS)},
                ledger.share_id, shares.via_pool_id, shares.consumer_id, shares.quantity, shares.unit,
                coalesce(shares.share_from, 0) as share_from, coalesce(shares.share_to, 1) as share_to
            from ledger
            left join {published.scan("fct_consumer_shares")} as shares on ledger.share_id = shares.share_id
        ),

        -- many charges have the same share: its quantity counts once
        shared as (
            select {", ".join(keys)}, owner, currency, share_id, via_pool_id, consumer_id, unit,
                max(quantity) as quantity, {parts}
            from divided
            group by all
        ),

        summed as (
            select {", ".join(keys)}, owner, currency, via_pool_id, consumer_id, unit, sum(quantity) as quantity, {sums}
            from shared
            group by all
        )

        select summed.*, consumers.technology, consumers.consumer_name
        from summed
        left join {published.scan("dim_consumers")} as consumers on summed.consumer_id = consumers.consumer_id
        order by abs(summed.effective_cost) desc nulls last, consumers.consumer_name, summed.consumer_id,
            summed.via_pool_id
        """,  # noqa: S608
        parameters,
    )
    known = {tuple(row[key] for key in keys) for row in rows if row["consumer_id"] is not None}
    found: dict[tuple[Any, ...], list[ConsumerPart]] = defaultdict(list)
    for row in rows:
        key = tuple(row[name] for name in keys)
        if key in known:
            found[key].append(_part(row))
    return {key: tuple(parts) for key, parts in found.items()}


def foot(consumers: Sequence[ConsumerPart], amounts: Amounts) -> bool:
    """Whether consumers, where any are known, sum to the amounts that they are parts of."""
    return not consumers or Amounts.total(part.amounts for part in consumers) == amounts


def _part(row: dict[str, Any]) -> ConsumerPart:
    has_consumer = row["consumer_id"] is not None
    return ConsumerPart(
        domain_id=row["owner"],
        currency=row["currency"],
        via_pool_id=row["via_pool_id"],
        technology=row["technology"],
        consumer_name=(row["consumer_name"] or str(row["consumer_id"])) if has_consumer else None,
        quantity=row["quantity"],
        unit=row["unit"],
        amounts=Amounts.of(row),
    )

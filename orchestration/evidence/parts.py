"""Parts of charges: each with its charge's row, the rule that found the owner, and the division of the pool."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from orchestration.evidence.model import METRICS, Amounts, Claim, Division, InvoiceLine, Part, SourceRow, Way
from orchestration.evidence.published import Published
from orchestration.policy.cells import same

GROUP = ("pool_id", "pool_version", "scope_key", "window_start", "window_hour")
"""What is divided on its own: a pool version in a scope and window."""


def parts_of(
    published: Published,
    chosen: str,
    sources: Sequence[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> list[Part]:
    """Return parts of charges, by day, file and row.

    Args:
        published: the publication.
        chosen: SQL after ``from {splits} as splits``: joins and conditions that choose the parts.
        sources: the sources they lie in, if known: other files are not read.
        parameters: of ``chosen``.
    """
    parts = ", ".join(f"splits.{metric} as published_{metric}" for metric in METRICS)
    charges = ", ".join(
        f"charges.{focus} as charged_{metric}"
        for metric, focus in zip(METRICS, ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), strict=True)
    )
    recomputed = ", ".join(f"{between('charged_' + metric)} as recomputed_{metric}" for metric in METRICS)
    rows = published.rows(
        f"""
        with chosen_splits as (
            select splits.source_id, splits.charge_id, splits.identity_id, splits.charge_date, splits.domain_id,
                splits.pool_id, splits.pool_version, splits.rule_id, splits.rule_version,
                splits.attribution_method, splits.reason,
                splits.share_id, splits.billing_currency, {parts}
            from {published.scan("fct_charge_splits", sources)} as splits
            {chosen}
        ),

        chosen_charges as (
            select charges.*
            from {published.scan("focus_cost_and_usage", sources)} as charges
            where charges.x_charge_id in (select chosen_splits.charge_id from chosen_splits)
        ),

        joined as (
            select chosen_splits.*, {charges},
                charges.x_delivery_id as delivery_id, charges.x_source_file as source_file,
                charges.x_source_row as source_row, charges.ServiceProviderName as provider,
                charges.ServiceName as service, charges.ResourceId as resource_id,
                charges.SubAccountId as sub_account_id,
                charges.RegionId as region_id, charges.ChargeCategory as category,
                charges.ChargeDescription as description, charges.x_cost_state as cost_state,
                charges.x_source_changes as repairs, charges.InvoiceIssuerName as invoice_issuer,
                charges.InvoiceId as invoice_id,
                shares.share_id is not null as is_shared,
                coalesce(shares.share_from, 0) as share_from, coalesce(shares.share_to, 1) as share_to
            from chosen_splits
            inner join chosen_charges as charges
                on chosen_splits.charge_id = charges.x_charge_id and chosen_splits.source_id = charges.x_source_id
            left join {published.scan("fct_allocation_shares")} as shares on chosen_splits.share_id = shares.share_id
        )

        select *, {recomputed}
        from joined
        order by charge_date, source_file, source_row, charge_id, share_from
        """,  # noqa: S608
        parameters,
    )
    divisions = divisions_of(published, {row["share_id"] for row in rows if row["is_shared"]})
    return [_part(row, divisions.get(row["share_id"])) for row in rows]


def between(cost: str) -> str:
    """Return SQL of a cost between two bounds, as the ledger is made: B(to) - B(from), and B(1) is the cost itself."""
    as_double = f"coalesce(cast(try_cast({cost} as decimal(18, 12)) as double), cast({cost} as double))"
    upper = f"case when share_to = 1 then {cost} else cast({as_double} * share_to as decimal(38, 12)) end"
    lower = f"case when share_from = 0 then 0 else cast({as_double} * share_from as decimal(38, 12)) end"
    return f"({upper}) - ({lower})"


def _part(row: dict[str, Any], division: Division | None) -> Part:
    charge = SourceRow(
        charge_id=row["charge_id"],
        source_id=row["source_id"],
        delivery_id=row["delivery_id"],
        file=row["source_file"],
        row=row["source_row"],
        charge_date=row["charge_date"],
        provider=row["provider"],
        service=row["service"],
        resource_id=row["resource_id"],
        sub_account_id=row["sub_account_id"],
        region_id=row["region_id"],
        category=row["category"],
        description=row["description"],
        cost_state=row["cost_state"],
        repairs=row["repairs"],
        invoice_issuer=row["invoice_issuer"],
        invoice_id=row["invoice_id"],
        identity_id=row["identity_id"],
        currency=row["billing_currency"],
        amounts=Amounts.of(row, "charged_"),
    )
    return Part(
        charge=charge,
        domain_id=row["domain_id"],
        rule_id=row["rule_id"],
        rule_version=row["rule_version"],
        attribution_method=row["attribution_method"],
        pool_id=row["pool_id"],
        pool_version=row["pool_version"],
        reason=row["reason"],
        division=division,
        published=Amounts.of(row, "published_"),
        recomputed=Amounts.of(row, "recomputed_"),
    )


def divisions_of(published: Published, share_ids: Iterable[int]) -> dict[int, Division]:
    """Return the divisions that splits name, by share_id."""
    wanted = sorted(share_ids)
    if not wanted:
        return {}
    published.register("wanted_shares", pa.table({"share_id": pa.array(wanted, pa.int64())}))
    rows = published.rows(
        f"""
        select shares.*, pools.pool_name, pools.owner, pools.approved_by
        from {published.scan("fct_allocation_shares")} as shares
        inner join wanted_shares on shares.share_id = wanted_shares.share_id
        left join {published.scan("allocation_methodology")} as pools
            on shares.pool_id = pools.pool_id and shares.pool_version = pools.pool_version
        """  # noqa: S608
    )
    weights = _total_weights(published, rows)
    ways = _ways(published, rows)
    return {
        row["share_id"]: _division(row, weights, ways.get((*_group(row), row["domain_id"], row["reason"]), []))
        for row in rows
    }


def _total_weights(published: Published, rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], Any]:
    """Return the sum of weights of each group that is not divided by what a driver says: the denominator it has."""
    if all(_has_driver(row) for row in rows):
        return {}
    totals = published.rows(
        f"select {', '.join(GROUP)}, sum(weight) as weight from {published.scan('fct_allocation_shares')} group by all"  # noqa: S608
    )
    return {_group(row): row["weight"] for row in totals}


def _ways(published: Published, rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], list[Way]]:
    """Return the ways of cost through other pools, by group, owner and reason."""
    pools = sorted({row["pool_id"] for row in rows if row["resolution"] is not None})
    if not pools:
        return {}
    found: dict[tuple[Any, ...], list[Way]] = defaultdict(list)
    for row in published.rows(
        f"""
        select * from {published.scan("fct_pool_chains")}
        where domain_id is not null and pool_id in (select unnest($pools))
        order by share_of_pool desc, via_pool_id, chain_id
        """,  # noqa: S608
        {"pools": pools},
    ):
        has_driver = row["driver_quantity"] is not None
        found[*_group(row), row["domain_id"], row["reason"]].append(
            Way(
                via_pool_id=row["via_pool_id"],
                via_pool_version=row["via_pool_version"],
                arriving_share=row["arriving_share"],
                share_of_arriving=row["share_of_arriving"],
                share_of_pool=row["share_of_pool"],
                method=row["allocation_method"],
                driver_id=row["driver_id"],
                driver_unit=row["driver_unit"],
                numerator=row["driver_quantity"] if has_driver else row["weight"],
                denominator=row["driver_total"] if has_driver else None,
                reason=row["reason"],
            )
        )
    return found


def _group(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in GROUP)


def _has_driver(row: dict[str, Any]) -> bool:
    """Whether a part is what a driver says, and not a weight alone."""
    return row["driver_id"] is not None and row["resolution"] is None


def _division(row: dict[str, Any], weights: dict[tuple[Any, ...], Any], ways: list[Way]) -> Division:
    has_driver = _has_driver(row)
    return Division(
        share_id=row["share_id"],
        pool_id=row["pool_id"],
        pool_version=row["pool_version"],
        pool_name=row["pool_name"],
        scope_key=row["scope_key"],
        window_start=row["window_start"],
        window_hour=row["window_hour"],
        domain_id=row["domain_id"],
        method=row["allocation_method"],
        method_id=row["method_id"],
        driver_id=row["driver_id"],
        driver_unit=row["driver_unit"],
        numerator=row["driver_quantity"] if has_driver else row["weight"],
        denominator=row["driver_total"] if has_driver else weights.get(_group(row)),
        share_from=row["share_from"],
        share_to=row["share_to"],
        ratio=row["share_to"] - row["share_from"],
        limited_by=row["limited_by"],
        attempt=row["attempt"],
        attempt_reason=row["attempt_reason"],
        resolution=row["resolution"],
        ways=tuple(ways),
        reason=row["reason"],
        owner=row["owner"],
        approved_by=row["approved_by"],
    )


def claims_on(published: Published, charged: Iterable[tuple[int, dt.date]]) -> dict[tuple[int, dt.date], list[Claim]]:
    """Return the claims on each (identity, day), the winner first; none where no rule claimed."""
    wanted = sorted(set(charged))
    published.register(
        "wanted_days",
        pa.table(
            {
                "identity_id": pa.array([identity for identity, _ in wanted], pa.int64()),
                "charge_date": pa.array([day for _, day in wanted], pa.date32()),
            }
        ),
    )
    rows = published.rows(
        f"""
        select wanted_days.charge_date, claims.*
        from {published.scan("fct_ownership_evidence")} as claims
        inner join wanted_days
            on claims.identity_id = wanted_days.identity_id
            and wanted_days.charge_date >= claims.segment_from and wanted_days.charge_date < claims.segment_to
        order by claims.identity_id, wanted_days.charge_date, claims.candidate_rank
        """  # noqa: S608
    )
    rules = {
        (same(rule.rule_id), rule.rule_version): rule for rule in (published.policy.ownership_rules if rows else ())
    }
    found: dict[tuple[int, dt.date], list[Claim]] = defaultdict(list)
    for row in rows:
        rule = rules.get((same(row["rule_id"]), row["rule_version"]))
        found[row["identity_id"], row["charge_date"]].append(
            Claim(
                rule_id=row["rule_id"],
                rule_version=row["rule_version"],
                kind=row["kind"],
                precedence=row["precedence"],
                decided=row["candidate_rank"] == 1 and row["reason"] is None,
                outcome=row["domain_id"] or (f"pool {row['pool_id']}" if row["pool_id"] else None),
                evidence=row["evidence"],
                reason=row["reason"],
                segment_from=row["segment_from"],
                segment_to=row["segment_to"],
                rationale=rule.rationale if rule else None,
                owner=rule.owner if rule else None,
                approved_by=rule.approved_by if rule else None,
            )
        )
    return found


def invoices(published: Published) -> list[InvoiceLine]:
    """Return every line of the invoice bridge."""
    rows = published.rows(f"select * from {published.scan('rpt_invoice_bridge')} order by issuer, invoice_id")  # noqa: S608
    return [
        InvoiceLine(
            issuer=row["issuer"],
            invoice_id=row["invoice_id"],
            currency=row["billing_currency"],
            status=row["invoice_status"],
            invoiced_amount=row["invoiced_amount"],
            billed_cost=row["billed_cost"],
            difference=row["difference"],
            ties=row["ties"],
            has_weak_key=row["has_weak_key"],
        )
        for row in rows
    ]


def invoices_of(charges: Iterable[SourceRow], lines: Iterable[InvoiceLine]) -> tuple[InvoiceLine, ...]:
    """Return the lines of the bridge that charges belong to; charges without a number go by their issuer."""
    wanted = {(charge.invoice_issuer, charge.invoice_id, charge.currency) for charge in charges}
    return tuple(
        line
        for line in lines
        if (line.issuer, line.invoice_id, line.currency) in wanted
        or (line.has_weak_key and (line.issuer, None, line.currency) in wanted)
    )

"""A pool in a period: what went in, how each window of it was divided, and who bears it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestration.errors import ConfigurationError
from orchestration.evidence.consumers import consumers_of, foot
from orchestration.evidence.model import METRICS, Amounts, ConsumerPart, Division, InvoiceLine, Part
from orchestration.evidence.parts import GROUP, divisions_of, invoices, invoices_of, parts_of
from orchestration.evidence.published import Published
from orchestration.policy.cells import same
from orchestration.policy.findings import did_you_mean
from orchestration.policy.tables import Driver

UNOWNED = "unowned_usage"
"""The reason of a part that was divided by use like the others, and that nobody owns."""
SHOWN_CHARGES = 10
SHOWN_USAGE = 20


@dataclass(frozen=True)
class PoolVersion:
    """A version of a pool as policy states it; ``methodology`` says it in one paragraph."""

    pool_id: str
    pool_version: int
    pool_name: str
    method: str
    method_title: str | None
    method_id: str | None
    driver_id: str | None
    driver_kind: str | None
    driver_unit: str | None
    driver_description: str | None
    driver_window: str | None
    scope_by: str | None
    fallback_domain_id: str
    eligible_targets: str
    rationale: str | None
    owner: str | None
    approved_by: str | None
    review_by: dt.date | None
    review_months: int | None
    is_review_overdue: bool
    valid_from: dt.date
    valid_to: dt.date
    methodology: str

    @property
    def review(self) -> str:
        """When the method is reviewed: the cadence, the next day, and whether it has passed."""
        cadence = {None: "", 1: "every month"}.get(self.review_months, f"every {self.review_months} months")
        due = f"by {self.review_by}" if self.review_by else "no date set"
        return ", ".join(filter(None, (cadence, due, "OVERDUE" if self.is_review_overdue else "")))


@dataclass(frozen=True)
class Inflow:
    """Charges that went into a pool by one rule, from one service of one source."""

    source_id: str
    service: str | None
    rule_id: str | None
    rule_version: int | None
    attribution_method: str
    currency: str
    charge_count: int
    amounts: Amounts


@dataclass(frozen=True)
class Outflow:
    """What one owner bears of a pool, over all scopes and windows.

    Attributes:
        consumers: whose use it is, where the pool's driver knows consumers.
    """

    domain_id: str
    currency: str
    reason: str | None
    amounts: Amounts
    consumers: tuple[ConsumerPart, ...] = ()


@dataclass(frozen=True)
class Window:
    """One scope and window of a pool, divided on its own.

    Attributes:
        divided: per currency, the charges that were divided.
        divisions: who got which part of it.
        quantities: what the driver of each attempt says about each target, those that bear nothing included.
    """

    pool_version: int
    scope_key: str
    window_start: dt.date
    window_hour: int
    divided: dict[str, Amounts]
    divisions: tuple[Division, ...]
    quantities: tuple[Quantity, ...]

    @property
    def reason(self) -> str | None:
        """Why it went to the fallback; None when it was divided, or a part of it was."""
        reasons = {None if division.reason == UNOWNED else division.reason for division in self.divisions}
        return reasons.pop() if len(reasons) == 1 else None


@dataclass(frozen=True)
class Quantity:
    """What a driver of a pool says about a target; None when it does not know. Attempt 0 is the pool's own driver."""

    attempt: int
    domain_id: str
    quantity: Decimal | None
    unit: str | None


@dataclass(frozen=True)
class UsageRow:
    """A row of a usage feed that a driver is made of."""

    usage_date: dt.date
    scope: str | None
    target: str | None
    quantity: Decimal | None
    source_id: str
    file: str
    row: int


@dataclass(frozen=True)
class PoolExplanation:
    """A pool: in, divided, out.

    Attributes:
        usage: the largest rows of the feed behind the driver; empty for drivers that are made of charges.
        usage_count: how many rows there are.
        largest: parts of the charges with the largest effective cost.
    """

    billing_period: str
    pool_id: str
    versions: tuple[PoolVersion, ...]
    drivers: tuple[Driver, ...]
    inflows: tuple[Inflow, ...]
    windows: tuple[Window, ...]
    outflows: tuple[Outflow, ...]
    usage: tuple[UsageRow, ...]
    usage_count: int
    largest: tuple[Part, ...]
    invoices: tuple[InvoiceLine, ...]

    def divided(self, currency: str) -> Amounts:
        """Return what was divided over all scopes and windows, in a currency."""
        return Amounts.total(window.divided[currency] for window in self.windows if currency in window.divided)

    @property
    def foots(self) -> bool:
        """Whether what went in, what was divided and what came out are the same, per currency and to the last digit."""
        into, out, divided = defaultdict(list), defaultdict(list), defaultdict(list)
        for inflow in self.inflows:
            into[inflow.currency].append(inflow.amounts)
        for outflow in self.outflows:
            out[outflow.currency].append(outflow.amounts)
        for window in self.windows:
            for currency, amounts in window.divided.items():
                divided[currency].append(amounts)
        sums = [{currency: Amounts.total(parts) for currency, parts in found.items()} for found in (into, out, divided)]
        return (
            sums[0] == sums[1] == sums[2]
            and all(part.published == part.recomputed for part in self.largest)
            and all(foot(outflow.consumers, outflow.amounts) for outflow in self.outflows)
        )


_SUMS = ", ".join(f"sum(ledger.{metric}) as {metric}" for metric in METRICS)


def pool_versions(published: Published) -> list[PoolVersion]:
    """Return every version of a pool that is in force on some day of the period."""
    rows = published.rows(
        f"select * from {published.scan('allocation_methodology')} order by pool_id, pool_version"  # noqa: S608
    )
    return [PoolVersion(**{name: row[name] for name in PoolVersion.__dataclass_fields__}) for row in rows]


def explain_pool(published: Published, pool: str) -> PoolExplanation:
    """Explain a pool.

    Args:
        published: the publication.
        pool: its pool_id.

    Raises:
        ConfigurationError: no such pool is in force in the period.
    """
    described = pool_versions(published)
    versions = [version for version in described if same(version.pool_id) == same(pool)]
    if not versions:
        known = sorted({version.pool_id for version in described})
        raise ConfigurationError(
            f"pool {pool}",
            found=f"no such pool in force in {published.billing_period}",
            expected=f"one of {', '.join(known)}" if known else "a pool; the policy of that period has none",
            cure=did_you_mean(pool, known) or "Name a pool of that period.",
        )
    pool_id = versions[0].pool_id
    windows = _windows(published, pool_id)
    usage_rows, usage_count = _usage(published, {found.driver_id for found in versions if found.driver_kind == "usage"})
    largest = parts_of(
        published,
        f"""
        inner join (
            select charge_id, source_id from {published.scan("fct_charge_splits")} where pool_id = $pool
            group by charge_id, source_id
            order by abs(sum(effective_cost)) desc, charge_id limit {SHOWN_CHARGES}
        ) as chosen on splits.charge_id = chosen.charge_id and splits.source_id = chosen.source_id
        """,  # noqa: S608
        parameters={"pool": pool_id},
    )
    drivers = {same(version.driver_id) for version in versions if version.driver_id}
    return PoolExplanation(
        billing_period=published.billing_period,
        pool_id=pool_id,
        versions=tuple(versions),
        drivers=tuple(driver for driver in published.policy.drivers if same(driver.driver_id) in drivers),
        inflows=_inflows(published, pool_id),
        windows=windows,
        outflows=_outflows(published, pool_id),
        usage=usage_rows,
        usage_count=usage_count,
        largest=tuple(largest),
        invoices=invoices_of((part.charge for part in largest), invoices(published)),
    )


def _inflows(published: Published, pool_id: str) -> tuple[Inflow, ...]:
    rows = published.rows(
        f"""
        with services as (
            select distinct x_identity_id as identity_id, ServiceName as service
            from {published.scan("focus_cost_and_usage")}
        ),

        charges as (
            select count(distinct charge_id) as charge_count, source_id, identity_id, rule_id, rule_version,
                attribution_method, billing_currency,
                {_SUMS}
            from {published.scan("fct_charge_splits")} as ledger
            where pool_id = $pool
            group by all
        )

        select ledger.source_id, services.service, ledger.rule_id, ledger.rule_version, ledger.attribution_method,
            ledger.billing_currency, sum(ledger.charge_count) as charge_count, {_SUMS}
        from charges as ledger
        left join services on ledger.identity_id = services.identity_id
        group by all
        order by effective_cost desc, ledger.source_id, services.service, ledger.rule_id
        """,  # noqa: S608
        {"pool": pool_id},
    )
    return tuple(
        Inflow(
            source_id=row["source_id"],
            service=row["service"],
            rule_id=row["rule_id"],
            rule_version=row["rule_version"],
            attribution_method=row["attribution_method"],
            currency=row["billing_currency"],
            charge_count=int(row["charge_count"]),
            amounts=Amounts.of(row),
        )
        for row in rows
    )


def _outflows(published: Published, pool_id: str) -> tuple[Outflow, ...]:
    rows = published.rows(
        f"select domain_id, billing_currency, reason, {_SUMS} from {published.scan('fct_allocated_costs')} as ledger "  # noqa: S608
        "where pool_id = $pool group by all order by domain_id, billing_currency, reason",
        {"pool": pool_id},
    )
    consumers = consumers_of(
        published,
        f"select * from {published.scan('fct_allocated_costs')} where pool_id = $pool",  # noqa: S608
        ("domain_id", "billing_currency", "reason"),
        {"pool": pool_id},
    )
    return tuple(
        Outflow(*key, Amounts.of(row), consumers.get(key, ()))
        for row in rows
        for key in [(row["domain_id"], row["billing_currency"], row["reason"])]
    )


def _windows(published: Published, pool_id: str) -> tuple[Window, ...]:
    """Return every scope and window that charges of the pool were divided in."""
    key = GROUP[1:]
    divided: dict[tuple[Any, ...], dict[str, Amounts]] = defaultdict(dict)
    for row in published.rows(
        f"""
        select shares.pool_version, shares.scope_key, shares.window_start, shares.window_hour,
            ledger.billing_currency, {_SUMS}
        from {published.scan("fct_allocated_costs")} as ledger
        inner join {published.scan("fct_allocation_shares")} as shares on ledger.share_id = shares.share_id
        where ledger.pool_id = $pool
        group by all order by all
        """,  # noqa: S608
        {"pool": pool_id},
    ):
        divided[tuple(row[name] for name in key)][row["billing_currency"]] = Amounts.of(row)
    shares = published.rows(
        f"select share_id from {published.scan('fct_allocation_shares')} where pool_id = $pool",  # noqa: S608
        {"pool": pool_id},
    )
    by_window: dict[tuple[Any, ...], list[Division]] = defaultdict(list)
    for division in divisions_of(published, [row["share_id"] for row in shares]).values():
        by_window[division.pool_version, division.scope_key, division.window_start, division.window_hour].append(
            division
        )
    quantities: dict[tuple[Any, ...], list[Quantity]] = defaultdict(list)
    for row in published.rows(
        f"select * from {published.scan('fct_driver_quantities')} where pool_id = $pool order by attempt, domain_id",  # noqa: S608
        {"pool": pool_id},
    ):
        found = Quantity(row["attempt"], row["domain_id"], row["quantity"], row["unit"])
        quantities[tuple(row[name] for name in key)].append(found)
    return tuple(
        Window(
            pool_version=window[0],
            scope_key=window[1],
            window_start=window[2],
            window_hour=window[3],
            divided=divided.get(window, {}),
            divisions=tuple(sorted(by_window[window], key=lambda division: division.share_from)),
            quantities=tuple(quantities[window]),
        )
        for window in sorted(by_window)
    )


def _usage(published: Published, drivers: set[str | None]) -> tuple[tuple[UsageRow, ...], int]:
    """Return the largest rows of the feeds behind drivers, and how many rows there are."""
    if not drivers:
        return (), 0
    rows = published.rows(
        f"""
        select *, count(*) over () as row_count
        from {published.scan("fct_driver_usage")}
        where lower(trim(driver_id)) in (select unnest($drivers))
        order by abs(quantity) desc nulls first, usage_date, source_file, source_row
        limit {SHOWN_USAGE}
        """,  # noqa: S608
        {"drivers": sorted(same(driver) for driver in drivers)},
    )
    found = tuple(
        UsageRow(
            usage_date=row["usage_date"],
            scope=row["scope"] or None,
            target=row["target"],
            quantity=row["quantity"],
            source_id=row["source_id"],
            file=row["source_file"],
            row=row["source_row"],
        )
        for row in rows
    )
    return found, int(rows[0]["row_count"]) if rows else 0

"""What a cost centre bears in a period: its published lines, each group of charges behind them, and what changed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestration.errors import ConfigurationError
from orchestration.evidence.consumers import consumers_of, foot
from orchestration.evidence.model import METRICS, Amounts, Claim, ConsumerPart, Division, InvoiceLine, Part
from orchestration.evidence.parts import claims_on, divisions_of, invoices, invoices_of, parts_of
from orchestration.evidence.published import Published
from orchestration.policy.cells import same
from orchestration.policy.findings import did_you_mean

SHOWN_PARTS = 5


@dataclass(frozen=True)
class Statement:
    """A published line of the chargeback: one owner, one currency."""

    domain_id: str
    domain_valid_from: dt.date
    business_unit: str
    cost_centre: str
    product: str
    environment: str
    owner: str | None
    approver: str | None
    gl_account: str | None
    legal_entity: str | None
    chargeback_mode: str
    currency: str
    direct_effective_cost: Decimal
    shared_effective_cost: Decimal
    statement_amount: Decimal
    reporting_currency: str
    reporting_effective_cost: Decimal | None
    amounts: Amounts


@dataclass(frozen=True)
class DivisionUse:
    """An owner's part of one division of a pool: what was divided, and what of it came here.

    Attributes:
        divided: the charges of the pool in this scope and window.
        received: what of them this owner bears.
    """

    division: Division
    divided: Amounts
    received: Amounts


@dataclass(frozen=True)
class Group:
    """Charges that came to an owner in the same way: by the same rule, and through the same pool.

    Attributes:
        divisions: per scope and window, for charges that came through a pool.
        consumers: whose use it is, where the pool's driver knows consumers.
        largest: parts of the largest effective cost.
        rest: the sum of all others.
        claims: who claimed the largest part's charge, the winner first.
    """

    domain_id: str
    domain_valid_from: dt.date
    currency: str
    attribution_method: str
    rule_id: str | None
    rule_version: int | None
    pool_id: str | None
    pool_version: int | None
    reason: str | None
    rationale: str | None
    approved_by: str | None
    published: Amounts
    charge_count: int
    divisions: tuple[DivisionUse, ...]
    consumers: tuple[ConsumerPart, ...]
    largest: tuple[Part, ...]
    rest: Amounts
    claims: tuple[Claim, ...]

    @property
    def foots(self) -> bool:
        """Whether what is shown sums to the group: divisions, consumers, and parts with the rest."""
        shown = Amounts.total([*(part.recomputed for part in self.largest), self.rest])
        received = Amounts.total(use.received for use in self.divisions)
        return (
            shown == self.published
            and (not self.divisions or received == self.published)
            and foot(self.consumers, self.published)
        )


@dataclass(frozen=True)
class CostCentreExplanation:
    """A cost centre: its published lines, and the groups of charges that they are the sums of."""

    billing_period: str
    cost_centre: str
    statements: tuple[Statement, ...]
    groups: tuple[Group, ...]
    invoices: tuple[InvoiceLine, ...]

    @property
    def foots(self) -> bool:
        """Whether the groups sum to the published lines to the last digit, and each is the sum of what it shows."""
        sums = defaultdict(list)
        for group in self.groups:
            sums[group.domain_id, group.domain_valid_from, group.currency].append(group.published)
        published = {(line.domain_id, line.domain_valid_from, line.currency): line.amounts for line in self.statements}
        return published == {key: Amounts.total(parts) for key, parts in sums.items()} and all(
            group.foots for group in self.groups
        )


def statements_of(published: Published, cost_centre: str) -> list[Statement]:
    """Return the published lines of a cost centre (or of one domain of it); none if it bears nothing in the period."""
    rows = published.rows(
        f"""
        select * from {published.scan("fct_chargeback")}
        where lower(cost_centre) = lower(trim($name)) or lower(domain_id) = lower(trim($name))
        order by domain_id, domain_valid_from, billing_currency
        """,  # noqa: S608
        {"name": cost_centre},
    )
    names = [name for name in Statement.__dataclass_fields__ if name not in ("currency", "amounts")]
    return [
        Statement(currency=row["billing_currency"], amounts=Amounts.of(row), **{name: row[name] for name in names})
        for row in rows
    ]


def explain_cost_centre(
    published: Published, cost_centre: str, *, shown_parts: int = SHOWN_PARTS
) -> CostCentreExplanation:
    """Explain a cost centre, or one domain of it.

    Args:
        published: the publication.
        cost_centre: its name in the Finance tree, or a domain_id.
        shown_parts: how many charges of each group to show; the others are one sum.

    Raises:
        ConfigurationError: it bears nothing in the period.
    """
    statements = statements_of(published, cost_centre)
    if not statements:
        query = f"select distinct cost_centre from {published.scan('fct_chargeback')} order by 1"  # noqa: S608
        known = [row["cost_centre"] for row in published.rows(query)]
        raise ConfigurationError(
            f"cost centre {cost_centre}",
            found=f"nothing that it bears in {published.billing_period}",
            expected=f"one of {', '.join(known)}",
            cure=did_you_mean(cost_centre, known) or "Name a cost centre of that period, or a domain_id.",
        )
    groups = _groups(published, statements, shown_parts)
    bridge = invoices(published)
    charges = [part.charge for group in groups for part in group.largest]
    is_centre = same(cost_centre) == same(statements[0].cost_centre)
    return CostCentreExplanation(
        billing_period=published.billing_period,
        cost_centre=statements[0].cost_centre if is_centre else statements[0].domain_id,
        statements=tuple(statements),
        groups=tuple(groups),
        invoices=invoices_of(charges, bridge),
    )


_GROUP = (
    "domain_id",
    "domain_valid_from",
    "billing_currency",
    "attribution_method",
    "rule_id",
    "rule_version",
    "pool_id",
    "pool_version",
    "reason",
)


def booked(published: Published, relation: str, alias: str = "booked") -> str:
    """Return SQL of ledger or split rows with the version of the domain on whose line they are booked."""
    return f"""
        select {alias}.*, domains.valid_from as domain_valid_from
        from {published.scan(relation)} as {alias}
        inner join {published.scan("dim_cost_domains")} as domains
            on {alias}.domain_id = domains.domain_id
            and {alias}.charge_date >= domains.applies_from and {alias}.charge_date < domains.applies_to
        where {alias}.domain_id in (select unnest($domains))
    """  # noqa: S608


def _groups(published: Published, statements: list[Statement], shown_parts: int) -> list[Group]:
    versions = {(line.domain_id, line.domain_valid_from) for line in statements}
    domains = sorted({domain_id for domain_id, _ in versions})
    keys = ", ".join(_GROUP)
    sums = ", ".join(f"sum({metric}) as {metric}" for metric in METRICS)
    rows = [
        row
        for row in published.rows(
            f"select {keys}, sum(charge_count) as charge_count, {sums} "  # noqa: S608
            f"from ({booked(published, 'fct_allocated_costs')}) group by {keys} "
            "order by domain_id, domain_valid_from, billing_currency, effective_cost desc, rule_id, pool_id",
            {"domains": domains},
        )
        if (row["domain_id"], row["domain_valid_from"]) in versions
    ]
    uses = _division_uses(published, domains)
    consumers = consumers_of(published, booked(published, "fct_allocated_costs"), _GROUP, {"domains": domains})
    largest = _largest_parts(published, domains, shown_parts)
    claims = claims_on(
        published, [(parts[0].charge.identity_id, parts[0].charge.charge_date) for parts in largest.values() if parts]
    )
    rules = {(rule.rule_id.strip(), rule.rule_version): rule for rule in published.policy.ownership_rules}
    groups = []
    for row in rows:
        key = tuple(row[name] for name in _GROUP)
        parts = largest.get(key, [])
        rule = rules.get((row["rule_id"], row["rule_version"]))
        amounts = Amounts.of(row)
        first = parts[0].charge if parts else None
        groups.append(
            Group(
                domain_id=row["domain_id"],
                domain_valid_from=row["domain_valid_from"],
                currency=row["billing_currency"],
                attribution_method=row["attribution_method"],
                rule_id=row["rule_id"],
                rule_version=row["rule_version"],
                pool_id=row["pool_id"],
                pool_version=row["pool_version"],
                reason=row["reason"],
                rationale=rule.rationale if rule else None,
                approved_by=rule.approved_by if rule else None,
                published=amounts,
                charge_count=int(row["charge_count"]),
                divisions=tuple(uses.get(key, ())),
                consumers=consumers.get(key, ()),
                largest=tuple(parts),
                rest=amounts.minus(Amounts.total(part.published for part in parts)),
                claims=tuple(claims[first.identity_id, first.charge_date]) if first else (),
            )
        )
    return groups


def _division_uses(published: Published, domains: list[str]) -> dict[tuple[Any, ...], list[DivisionUse]]:
    """Return, per group, what each division of its pool divided and what of it came to the owner."""
    keys = ", ".join(_GROUP)
    sums = ", ".join(f"sum({metric}) as {metric}" for metric in METRICS)
    received = published.rows(
        f"select {keys}, share_id, {sums} from ({booked(published, 'fct_allocated_costs')}) "  # noqa: S608
        f"where share_id is not null group by {keys}, share_id",
        {"domains": domains},
    )
    divisions = divisions_of(published, {row["share_id"] for row in received})
    sums = ", ".join(f"sum(ledger.{metric}) as {metric}" for metric in METRICS)
    totals = {
        tuple(row.values())[:9]: Amounts.of(row)
        for row in published.rows(
            f"""
            select shares.pool_id, shares.pool_version, shares.scope_key, shares.window_start, shares.window_hour,
                ledger.billing_currency, ledger.attribution_method, ledger.rule_id, ledger.rule_version, {sums}
            from {published.scan("fct_allocated_costs")} as ledger
            inner join {published.scan("fct_allocation_shares")} as shares on ledger.share_id = shares.share_id
            group by all
            """  # noqa: S608
        )
    }
    uses: dict[tuple[Any, ...], list[DivisionUse]] = defaultdict(list)
    for row in received:
        division = divisions[row["share_id"]]
        divided = totals[
            division.pool_id,
            division.pool_version,
            division.scope_key,
            division.window_start,
            division.window_hour,
            row["billing_currency"],
            row["attribution_method"],
            row["rule_id"],
            row["rule_version"],
        ]
        uses[tuple(row[name] for name in _GROUP)].append(DivisionUse(division, divided, Amounts.of(row)))
    for found in uses.values():
        found.sort(key=lambda use: (use.division.scope_key, use.division.window_start, use.division.window_hour))
    return uses


def _largest_parts(published: Published, domains: list[str], count: int) -> dict[tuple[Any, ...], list[Part]]:
    """Return, per group, its parts of the largest effective cost, the largest first."""
    keys = ", ".join(_GROUP)
    chosen = f"""
        inner join (
            select * from (
                select *, row_number() over (
                    partition by {keys} order by abs(effective_cost) desc, abs(billed_cost) desc, charge_id
                ) as place
                from ({booked(published, "fct_charge_splits")})
            )
            where place <= {int(count)}
        ) as chosen
            on splits.charge_id = chosen.charge_id and splits.domain_id = chosen.domain_id
            and splits.source_id = chosen.source_id
    """  # noqa: S608
    versions = published.rows(
        f"select domain_id, valid_from, applies_from, applies_to from {published.scan('dim_cost_domains')} "  # noqa: S608
        "where domain_id in (select unnest($domains))",
        {"domains": domains},
    )
    by_group: dict[tuple[Any, ...], list[Part]] = defaultdict(list)
    for part in parts_of(published, chosen, parameters={"domains": domains}):
        valid_from = next(
            row["valid_from"]
            for row in versions
            if row["domain_id"] == part.domain_id and row["applies_from"] <= part.charge.charge_date < row["applies_to"]
        )
        by_group[
            part.domain_id,
            valid_from,
            part.charge.currency,
            part.attribution_method,
            part.rule_id,
            part.rule_version,
            part.pool_id,
            part.pool_version,
            part.reason,
        ].append(part)
    for parts in by_group.values():
        parts.sort(key=lambda part: (-abs(part.published.effective_cost or Decimal(0)), part.charge.charge_id))
    return by_group

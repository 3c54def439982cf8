"""The methodology document: how shared cost is divided and why, from policy, with the period's own numbers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from orchestration.errors import ConfigurationError
from orchestration.evidence.model import METRICS, Amounts, Division
from orchestration.evidence.pages import pool_facts
from orchestration.evidence.parts import divisions_of
from orchestration.evidence.pools import PoolVersion, pool_versions
from orchestration.evidence.published import Published
from orchestration.periods import moved
from orchestration.policy.cells import same
from orchestration.policy.findings import did_you_mean
from orchestration.reports import Column, Document, Section, Table

KINDS = {
    "override": "dated exception",
    "ring_fence": "ring-fenced account",
    "tag": "tag",
    "cmdb": "configuration item",
    "account": "account hierarchy",
    "naming": "naming convention",
    "default": "default",
}


def methodology_document(published: Published, pool: str | None = None) -> Document:
    """Return the methodology of the estate in a period, or of one pool.

    Raises:
        ConfigurationError: no such pool is in force in the period.
    """
    versions = pool_versions(published)
    if pool is not None:
        known = sorted({version.pool_id for version in versions})
        versions = [version for version in versions if same(version.pool_id) == same(pool)]
        if not versions:
            raise ConfigurationError(
                f"pool {pool}",
                found=f"no such pool in force in {published.billing_period}",
                expected=f"one of {', '.join(known)}" if known else "a pool; the policy of that period has none",
                cure=did_you_mean(pool, known) or "Name a pool of that period.",
            )
    overdue = [version for version in versions if version.is_review_overdue]
    title = f"Methodology of {versions[0].pool_name}" if pool is not None else "Methodology of cost allocation"
    return Document(
        title=f"{title}, {published.billing_period}",
        subtitle="Generated from the policy in force; the examples are this period's published figures",
        facts=(
            ("Pool versions in force", len(versions)),
            ("Reviews overdue at the end of the period", len(overdue)),
            ("Policy revision", published.manifest["inputs"]["policy_revision"][:12]),
        ),
        sections=(
            *(() if pool is not None else _estate_sections(published, versions)),
            *(_pool_section(published, version) for version in versions),
        ),
        provenance=published.provenance,
    )


def _estate_sections(published: Published, versions: list[PoolVersion]) -> Iterator[Section]:
    first, after = f"{published.billing_period}-01", f"{moved(published.billing_period, 1)}-01"
    rules = sorted(
        (
            rule
            for rule in published.policy.ownership_rules
            if rule.valid_from.isoformat() < after and rule.valid_to.isoformat() > first
        ),
        key=lambda rule: (rule.precedence, rule.rule_id, rule.rule_version),
    )
    yield Section(
        "How an owner is found",
        (
            "Each charge goes to the first rule, by precedence, that claims it on its day. A rule names an owner, or a "
            "pool whose cost is divided as described below. What no rule claims is unallocated, with a reason, and is "
            "published as such.",
        ),
        tables=(
            Table(
                "Ownership rules in force",
                (
                    Column("Precedence", "number"),
                    Column("Rule"),
                    Column("Version"),
                    Column("Kind"),
                    Column("Leads to"),
                    Column("Why"),
                    Column("Owner"),
                    Column("Approved by"),
                    Column("From", "date"),
                    Column("To", "date"),
                ),
                tuple(
                    (
                        rule.precedence,
                        rule.rule_id,
                        rule.rule_version,
                        KINDS.get(rule.kind, rule.kind),
                        f"pool {rule.pool_id}" if rule.pool_id else rule.domain_id or "what it finds",
                        rule.rationale,
                        rule.owner,
                        rule.approved_by,
                        rule.valid_from,
                        rule.valid_to,
                    )
                    for rule in rules
                ),
            ),
            _ways_table(published),
        ),
    )
    yield Section(
        "Pools and their reviews",
        (
            "A pool is cost that several owners share. Each is divided by its method, in each window and scope on its "
            "own; parts add up to the cost to the last digit.",
        ),
        tables=(
            Table(
                "Pools in force",
                (
                    Column("Pool"),
                    Column("Version"),
                    Column("Method"),
                    Column("Driver"),
                    Column("Owner"),
                    Column("Approved by"),
                    Column("Review"),
                ),
                tuple(
                    (
                        pool.pool_name,
                        pool.pool_version,
                        pool.method_title or pool.method,
                        pool.driver_id,
                        pool.owner,
                        pool.approved_by,
                        pool.review,
                    )
                    for pool in versions
                ),
            ),
        ),
    )


def _ways_table(published: Published) -> Table:
    """Return the period's cost by the kind of rule that found the owner."""
    rows = published.rows(
        f"""
        select attribution_method, pool_id is not null as is_shared, billing_currency,
            sum(charge_count) as parts, sum(effective_cost) as effective_cost
        from {published.scan("fct_allocated_costs")}
        group by all order by billing_currency, effective_cost desc, attribution_method
        """  # noqa: S608
    )
    return Table(
        "This period's cost by the kind of rule that decided",
        (
            Column("Kind"),
            Column("Goes to"),
            Column("Currency"),
            Column("Parts of charges", "number"),
            Column("Effective cost", "amount"),
        ),
        tuple(
            (
                KINDS.get(row["attribution_method"], "no rule"),
                "a pool" if row["is_shared"] else "its owner" if row["attribution_method"] != "none" else "unallocated",
                row["billing_currency"],
                int(row["parts"]),
                row["effective_cost"],
            )
            for row in rows
        ),
        tuple(
            (
                "Total",
                None,
                currency,
                sum(int(row["parts"]) for row in rows if row["billing_currency"] == currency),
                sum((row["effective_cost"] for row in rows if row["billing_currency"] == currency), Decimal(0)),
            )
            for currency in sorted({row["billing_currency"] for row in rows})
        ),
    )


def _pool_section(published: Published, pool: PoolVersion) -> Section:
    return Section(
        f"{pool.pool_name}, v{pool.pool_version}",
        (pool.methodology, f"Eligible: {pool.eligible_targets}."),
        facts=pool_facts(pool),
        tables=tuple(_example(published, pool)),
    )


def _example(published: Published, pool: PoolVersion) -> Iterator[Table]:
    """Return the worked example: the window of the pool version that divided most, and the period's total."""
    sums = ", ".join(f"sum(ledger.{metric}) as {metric}" for metric in METRICS)
    rows = published.rows(
        f"""
        select shares.share_id, shares.scope_key, shares.window_start, shares.window_hour,
            ledger.billing_currency, {sums}
        from {published.scan("fct_allocated_costs")} as ledger
        inner join {published.scan("fct_allocation_shares")} as shares on ledger.share_id = shares.share_id
        where ledger.pool_id = $pool and ledger.pool_version = $version
        group by all
        """,  # noqa: S608
        {"pool": pool.pool_id, "version": pool.pool_version},
    )
    if not rows:
        return
    windows: dict[tuple[str, str, str], list[tuple[int, Amounts]]] = {}
    for row in rows:
        hour = f" {row['window_hour']}:00 UTC" if row["window_hour"] >= 0 else ""
        key = (row["scope_key"], f"{row['window_start']}{hour}", row["billing_currency"])
        windows.setdefault(key, []).append((row["share_id"], Amounts.of(row)))
    totals = {key: Amounts.total(amounts for _, amounts in found) for key, found in windows.items()}
    chosen = max(totals, key=lambda key: (abs(totals[key].effective_cost or Decimal(0)), key))
    scope, window, currency = chosen
    divisions = divisions_of(published, [share_id for share_id, _ in windows[chosen]])
    parts = sorted(
        ((divisions[share_id], amounts) for share_id, amounts in windows[chosen]), key=lambda part: part[0].share_from
    )
    total = totals[chosen].effective_cost
    where = f"{scope or 'the whole pool'}, window from {window}"
    yield Table(
        f"Worked example: {where}: {currency} {total} are divided",
        (
            Column("Owner"),
            Column("Numerator", "number"),
            Column("Denominator", "number"),
            Column("Unit"),
            Column("Ratio", "ratio"),
            Column(f"Part, effective, {currency}", "amount"),
        ),
        tuple(
            (
                division.domain_id,
                division.numerator,
                division.denominator,
                division.driver_unit or ("" if division.driver_id else "weight"),
                division.ratio,
                amounts.effective_cost,
            )
            for division, amounts in parts
        ),
        (("Sum", _numerators([division for division, _ in parts]), None, "", None, total),),
        note=_example_note([division for division, _ in parts]),
    )
    yield Table(
        "The period as a whole",
        (Column("Currency"), Column("Scopes and windows", "number"), Column("Divided, effective", "amount")),
        tuple(
            (
                code,
                sum(key[2] == code for key in totals),
                Amounts.total(amounts for key, amounts in totals.items() if key[2] == code).effective_cost,
            )
            for code in sorted({key[2] for key in totals})
        ),
    )


def _example_note(divisions: list[Division]) -> str:
    words = "The ratio is numerator over denominator."
    if any(division.limited_by for division in divisions):
        words = "The ratio is numerator over denominator, but for floors and caps."
    if any(division.ways for division in divisions):
        words = "The pool feeds others: each ratio is the sum over all ways of its cost (fct_pool_chains)."
    return f"{words} The parts are published figures and sum to what is divided."


def _numerators(divisions: list[Division]) -> Decimal | None:
    known = [division.numerator for division in divisions if division.numerator is not None]
    return sum(known, Decimal(0)) if known else None

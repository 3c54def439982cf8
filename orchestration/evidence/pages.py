"""Explanations as documents: the published figure first, then what it is the sum of, down to rows of files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from orchestration.evidence.cost_centres import CostCentreExplanation, Group, Statement
from orchestration.evidence.lines import ChargeExplanation, LineExplanation
from orchestration.evidence.model import Amounts, Claim, ConsumerPart, Division, InvoiceLine, Part, SourceRow
from orchestration.evidence.pools import UNOWNED, PoolExplanation, PoolVersion
from orchestration.reports import Column, Document, Section, Table, Value

Row = tuple[Value, ...]

COSTS = (
    Column("Effective cost", "amount"),
    Column("Billed cost", "amount"),
    Column("List cost", "amount"),
    Column("Contracted cost", "amount"),
)
REASONS = {
    "no_driver": "the driver says nothing",
    "zero_driver": "the driver is zero for all",
    "negative_driver": "the driver is negative for some target",
    "null_driver": "the driver does not know some target",
    "no_target": "no target may bear it",
    "capped": "what the caps of the others leave over",
    UNOWNED: "nobody owns this use",
    "circular": "it would go round among pools for ever",
    "no_pool_in_force": "the rule names a pool that is not in force",
    "no_assignment": "no owner was looked for",
    "no_rule_matched": "no rule claims it",
    "untagged": "it has no tags, and no rule claims it",
    "unknown_tag_value": "its tag has a value that names nobody",
    "ambiguous_tag": "its tags name several owners",
    "unknown_name": "its name names nobody",
    "ambiguous_name": "its name names several owners",
    "domain_not_in_force": "the owner named is not in force on that day",
}


def line_page(line: LineExplanation, provenance: str, limit: int | None = None) -> Document:
    """Return the page of a ledger line."""
    sections = [
        _figure_section(line.published, line.currency, line.foots),
        _owner_section(line.claims, line.reason),
    ]
    if line.divisions:
        sections.append(_line_divisions_section(line.divisions, limit))
    sections += _consumer_sections(line.consumers, limit)
    sections.append(
        Section(
            "Charges",
            ("Each charge, its part, and the row of the file it came in. The parts sum to the published line.",),
            tables=(_parts_table("Parts of charges", line.parts, limit),),
        )
    )
    sections.append(_invoice_section(line.invoices))
    return Document(
        title=f"Ledger line of {line.key.domain_id}, {line.key.charge_date}",
        subtitle=str(line.key),
        facts=(
            ("Owner", line.key.domain_id),
            ("Found by", _found_by(line.attribution_method, line.rule_id, line.rule_version)),
            ("Charges", line.charge_count),
        ),
        sections=tuple(sections),
        provenance=provenance,
    )


def charge_page(explanation: ChargeExplanation, provenance: str, limit: int | None = None) -> Document:
    """Return the page of a charge."""
    charge = explanation.charge
    return Document(
        title=f"Charge {charge.charge_id}",
        subtitle=charge.description or charge.service or "",
        facts=(
            ("Source", charge.source_id),
            ("Delivery", charge.delivery_id),
            ("File", charge.file),
            ("Row", charge.row),
            ("Day", charge.charge_date),
            ("Provider", charge.provider),
            ("Service", charge.service),
            ("Resource", charge.resource_id),
            ("Account", charge.sub_account_id),
            ("Region", charge.region_id),
            ("Category", charge.category),
            ("State", charge.cost_state),
            ("Repairs", charge.repairs or "none"),
        ),
        sections=(
            _figure_section(charge.amounts, charge.currency, explanation.foots),
            _owner_section(explanation.claims, explanation.parts[0].reason),
            Section("Owners", tables=(_owners_table(explanation.parts, limit),)),
            _invoice_section(explanation.invoices),
        ),
        provenance=provenance,
    )


def cost_centre_page(
    explanation: CostCentreExplanation,
    provenance: str,
    limit: int | None = None,
    *,
    changes: Sequence[Section] = (),
    methods: Sequence[Section] = (),
) -> Document:
    """Return the page of a cost centre; sections on changes and methods stand where a reader asks for them."""
    lines = explanation.statements
    return Document(
        title=f"{explanation.cost_centre}, {explanation.billing_period}",
        subtitle="What it bears, and why",
        facts=(
            ("Business unit", _listed(line.business_unit for line in lines)),
            ("Owner", _listed(line.owner for line in lines)),
            ("Approver", _listed(line.approver for line in lines)),
            ("Legal entity", _listed(line.legal_entity for line in lines)),
            ("GL account", _listed(line.gl_account for line in lines)),
            ("Mode", _listed(line.chargeback_mode for line in lines)),
            ("Adds up", _foots(explanation.foots)),
        ),
        sections=(
            Section("Published", tables=(statements_table(lines), owners_table(lines))),
            *changes,
            Section(
                "Where it comes from",
                ("Charges that came by the same rule and pool are one row; the rows sum to what is published.",),
                tables=(groups_table(explanation.groups),),
            ),
            Section(
                "How pools were divided",
                (
                    "The part is the ratio of what was divided; the ratio is what the driver says about this owner, "
                    "over what it says about all.",
                ),
                tables=(divisions_table(explanation.groups, limit),),
            ),
            *_consumer_sections([part for group in explanation.groups for part in group.consumers], limit),
            *methods,
            Section(
                "Who claimed it",
                ("Of the largest charge of each row: the rule that decided, and those that lost.",),
                tables=(group_claims_table(explanation.groups),),
            ),
            Section(
                "Rows of the files",
                ("The largest charges of each row above, and the sum of all others of that row.",),
                tables=(source_rows_table(explanation.groups, limit),),
            ),
            _invoice_section(explanation.invoices),
        ),
        provenance=provenance,
    )


def pool_page(explanation: PoolExplanation, provenance: str, limit: int | None = None) -> Document:
    """Return the page of a pool."""
    newest = explanation.versions[-1]
    return Document(
        title=f"Pool {newest.pool_name}, {explanation.billing_period}",
        subtitle=newest.methodology,
        facts=(*pool_facts(newest), ("Adds up", _foots(explanation.foots))),
        sections=(
            Section("What went in", tables=(inflows_table(explanation),)),
            Section("How it was divided", tables=tuple(_window_tables(explanation, limit))),
            Section("Who bears it", tables=(outflows_table(explanation),)),
            *_consumer_sections([part for outflow in explanation.outflows for part in outflow.consumers], limit),
            *_driver_sections(explanation),
            Section("Largest charges", tables=(_pool_charges_table(explanation),)),
            _invoice_section(explanation.invoices),
        ),
        provenance=provenance,
    )


def pool_facts(pool: PoolVersion) -> tuple[tuple[str, Value], ...]:
    """Return what policy says of a pool."""
    return (
        ("Version", pool.pool_version),
        ("Method", pool.method_title or pool.method),
        ("Method id", pool.method_id),
        ("Driver", f"{pool.driver_id}: {pool.driver_description or pool.driver_kind}" if pool.driver_id else "none"),
        ("Unit", pool.driver_unit),
        ("Window", (pool.driver_window or "charge_day").replace("_", " ")),
        ("Divided separately by", (pool.scope_by or "nothing").replace("_", " ")),
        ("Fallback", pool.fallback_domain_id),
        ("Owner", pool.owner),
        ("Approved by", pool.approved_by),
        ("Review", pool.review),
        ("In force from", pool.valid_from),
        ("In force to", pool.valid_to),
    )


def statements_table(statements: Sequence[Statement]) -> Table:
    """Return the published lines, with a total per currency."""
    return Table(
        "Published lines, exact, with the amount of the statement",
        (
            Column("Domain"),
            Column("Product"),
            Column("Environment"),
            Column("Currency"),
            Column("Direct", "amount"),
            Column("Shared", "amount"),
            *COSTS,
            Column("Statement", "amount"),
        ),
        tuple(
            (
                line.domain_id,
                line.product,
                line.environment,
                line.currency,
                line.direct_effective_cost,
                line.shared_effective_cost,
                *_costs(line.amounts),
                line.statement_amount,
            )
            for line in statements
        ),
        tuple(
            (
                "Total",
                "",
                "",
                currency,
                _sum(line.direct_effective_cost for line in statements if line.currency == currency),
                _sum(line.shared_effective_cost for line in statements if line.currency == currency),
                *_costs(Amounts.total(line.amounts for line in statements if line.currency == currency)),
                _sum(line.statement_amount for line in statements if line.currency == currency),
            )
            for currency in sorted({line.currency for line in statements})
        ),
    )


def owners_table(statements: Sequence[Statement]) -> Table:
    """Return who answers for each domain, in each of its versions that bears something."""
    domains = {(line.domain_id, line.domain_valid_from): line for line in statements}
    return Table(
        "Who answers for it",
        (
            Column("Domain"),
            Column("In force from", "date"),
            Column("Owner"),
            Column("Approver"),
            Column("GL account"),
            Column("Legal entity"),
            Column("Mode"),
        ),
        tuple(
            (
                line.domain_id,
                line.domain_valid_from,
                line.owner,
                line.approver,
                line.gl_account,
                line.legal_entity,
                line.chargeback_mode,
            )
            for line in domains.values()
        ),
    )


def groups_table(groups: Sequence[Group]) -> Table:
    """Return the groups of charges, with a total per currency."""
    return Table(
        "Groups of charges",
        (
            Column("Domain"),
            Column("Found by"),
            Column("Pool"),
            Column("Why"),
            Column("Approved by"),
            Column("Charges", "number"),
            Column("Currency"),
            *COSTS,
        ),
        tuple(
            (
                group.domain_id,
                _found_by(group.attribution_method, group.rule_id, group.rule_version),
                f"{group.pool_id} v{group.pool_version}" if group.pool_id else "",
                _reason(group.reason) or group.rationale,
                group.approved_by,
                group.charge_count,
                group.currency,
                *_costs(group.published),
            )
            for group in groups
        ),
        _totals(((group.currency, group.published) for group in groups), 5),
    )


def divisions_table(groups: Sequence[Group], limit: int | None = None) -> Table:
    """Return every division that an owner of the groups got a part of."""
    uses = [(group, use) for group in groups for use in group.divisions]
    shown = uses[:limit]
    rest = uses[len(shown) :]
    others: list[Row] = [
        (
            f"{sum(group.currency == currency for group, _ in rest)} more",
            *("",) * 8,
            currency,
            *_two(Amounts.total(use.divided for group, use in rest if group.currency == currency)),
            *_two(Amounts.total(use.received for group, use in rest if group.currency == currency)),
        )
        for currency in sorted({group.currency for group, _ in rest})
    ]
    return Table(
        "Divisions of pools",
        (
            Column("Domain"),
            Column("Pool"),
            Column("Scope"),
            Column("Window from"),
            Column("Driver"),
            Column("Numerator", "number"),
            Column("Denominator", "number"),
            Column("Unit"),
            Column("Ratio", "ratio"),
            Column("Currency"),
            Column("Divided, effective", "amount"),
            Column("Divided, billed", "amount"),
            Column("Part, effective", "amount"),
            Column("Part, billed", "amount"),
        ),
        (
            *(
                (
                    group.domain_id,
                    f"{use.division.pool_id} v{use.division.pool_version}",
                    use.division.scope_key,
                    _window(use.division),
                    _basis(use.division),
                    use.division.numerator,
                    use.division.denominator,
                    _unit(use.division),
                    use.division.ratio,
                    group.currency,
                    *_two(use.divided),
                    *_two(use.received),
                )
                for group, use in shown
            ),
            *others,
        ),
    )


def group_claims_table(groups: Sequence[Group]) -> Table:
    """Return the claims on the largest charge of each group."""
    return Table(
        "Claims of rules",
        (
            Column("Domain"),
            Column("Pool"),
            Column("Rule"),
            Column("Kind"),
            Column("Precedence", "number"),
            Column("Outcome"),
            Column("Evidence"),
            Column("Result"),
        ),
        tuple((group.domain_id, group.pool_id, *_claim_cells(claim)) for group in groups for claim in group.claims),
    )


def source_rows_table(groups: Sequence[Group], limit: int | None = None) -> Table:
    """Return the largest charges of each group with the sum of the others; more groups than ``limit`` are left out."""
    rows: list[Row] = []
    for group in groups[:limit]:
        rows += [(group.domain_id, group.pool_id, *part_cells(part)) for part in group.largest]
        others = group.charge_count - len(group.largest)
        if others:
            rest: Row = ("", "", f"{others} other charges", None, "", None, None, "", group.currency)
            rows.append((group.domain_id, group.pool_id, *rest, *_two(group.rest)))
    left_out = len(groups) - len(groups[:limit])
    return Table(
        "Charges",
        (Column("Domain"), Column("Pool"), *PART_COLUMNS),
        tuple(rows),
        note=f"{left_out} more groups: as JSON or HTML." if left_out else "",
    )


def inflows_table(explanation: PoolExplanation) -> Table:
    """Return what went into a pool."""
    return Table(
        "Charges by rule and service",
        (
            Column("Source"),
            Column("Service"),
            Column("Found by"),
            Column("Charges", "number"),
            Column("Currency"),
            *COSTS,
        ),
        tuple(
            (
                inflow.source_id,
                inflow.service,
                _found_by(inflow.attribution_method, inflow.rule_id, inflow.rule_version),
                inflow.charge_count,
                inflow.currency,
                *_costs(inflow.amounts),
            )
            for inflow in explanation.inflows
        ),
        _totals(((inflow.currency, inflow.amounts) for inflow in explanation.inflows), 3),
    )


def outflows_table(explanation: PoolExplanation) -> Table:
    """Return who bears a pool."""
    return Table(
        "Owners",
        (Column("Domain"), Column("Why not by the driver"), Column("Currency"), *COSTS),
        tuple(
            (outflow.domain_id, _reason(outflow.reason), outflow.currency, *_costs(outflow.amounts))
            for outflow in explanation.outflows
        ),
        _totals(((outflow.currency, outflow.amounts) for outflow in explanation.outflows), 1),
    )


def claims_table(claims: Sequence[Claim]) -> Table:
    """Return the claims on something charged, the winner first."""
    return Table(
        "Claims of rules",
        (
            Column("Rule"),
            Column("Kind"),
            Column("Precedence", "number"),
            Column("Outcome"),
            Column("Evidence"),
            Column("Result"),
            Column("From", "date"),
            Column("To", "date"),
            Column("Why the rule"),
            Column("Approved by"),
        ),
        tuple(
            (*_claim_cells(claim), claim.segment_from, claim.segment_to, claim.rationale, claim.approved_by)
            for claim in claims
        ),
    )


def invoices_table(lines: Sequence[InvoiceLine]) -> Table:
    """Return invoices and whether they tie."""
    return Table(
        "Invoices, each as a whole",
        (
            Column("Issuer"),
            Column("Invoice"),
            Column("Status"),
            Column("Currency"),
            Column("Invoiced", "amount"),
            Column("Billed in charges", "amount"),
            Column("Difference", "amount"),
            Column("Ties"),
        ),
        tuple(
            (
                line.issuer,
                line.invoice_id or "no number yet",
                line.status,
                line.currency,
                line.invoiced_amount,
                line.billed_cost,
                line.difference,
                {True: "yes", False: "no", None: "need not"}[line.ties],
            )
            for line in lines
        ),
    )


PART_COLUMNS = (
    Column("File"),
    Column("Row"),
    Column("Service"),
    Column("Day", "date"),
    Column("Charge, effective", "amount"),
    Column("Ratio", "ratio"),
    Column("Currency"),
    Column("Part, effective", "amount"),
    Column("Part, billed", "amount"),
)


def part_cells(part: Part) -> Row:
    """Return the cells of a part of a charge, under ``PART_COLUMNS``."""
    charge = part.charge
    return (
        charge.file,
        charge.row,
        charge.service,
        charge.charge_date,
        charge.amounts.effective_cost,
        part.division.ratio if part.division else 1,
        charge.currency,
        *_two(part.published),
    )


def _parts_table(caption: str, parts: Sequence[Part], limit: int | None) -> Table:
    shown, rest = parts[:limit], parts[len(parts[:limit]) :]
    others: list[Row] = []
    if rest:
        amounts = Amounts.total(part.published for part in rest)
        others = [(f"{len(rest)} other charges", None, "", None, None, None, rest[0].charge.currency, *_two(amounts))]
    total = Amounts.total(part.published for part in parts)
    return Table(
        caption,
        PART_COLUMNS,
        (*(part_cells(part) for part in shown), *others),
        (("Sum", None, "", None, None, None, parts[0].charge.currency, *_two(total)),) if parts else (),
    )


def _owners_table(parts: Sequence[Part], limit: int | None) -> Table:
    shown, rest = parts[:limit], parts[len(parts[:limit]) :]
    others: list[Row] = []
    if rest:
        amounts = Amounts.total(part.published for part in rest)
        currency = rest[0].charge.currency
        others = [(f"{len(rest)} other owners", "", "", None, None, "", None, currency, *_costs(amounts))]
    total = Amounts.total(part.published for part in parts)
    return Table(
        "Parts of the charge",
        (
            Column("Domain"),
            Column("Found by"),
            Column("Pool"),
            Column("Numerator", "number"),
            Column("Denominator", "number"),
            Column("Unit"),
            Column("Ratio", "ratio"),
            Column("Currency"),
            *COSTS,
        ),
        (
            *(
                (
                    part.domain_id,
                    _found_by(part.attribution_method, part.rule_id, part.rule_version),
                    f"{part.pool_id} v{part.pool_version}" if part.pool_id else "",
                    part.division.numerator if part.division else None,
                    part.division.denominator if part.division else None,
                    part.division.driver_unit if part.division else "",
                    part.division.ratio if part.division else 1,
                    part.charge.currency,
                    *_costs(part.published),
                )
                for part in shown
            ),
            *others,
        ),
        (("Sum", "", "", None, None, "", None, parts[0].charge.currency, *_costs(total)),),
    )


def _window_tables(explanation: PoolExplanation, limit: int | None) -> Iterable[Table]:
    """Return the windows of a pool, and the division of the largest: the others have the same columns as JSON."""
    divided = [
        (window, currency, amounts) for window in explanation.windows for currency, amounts in window.divided.items()
    ]
    shown = divided[:limit]
    yield Table(
        "Scopes and windows",
        (
            Column("Version"),
            Column("Scope"),
            Column("Window from"),
            Column("Owners", "number"),
            Column("Driver total", "number"),
            Column("Unit"),
            Column("Result"),
            Column("Currency"),
            Column("Divided, effective", "amount"),
            Column("Divided, billed", "amount"),
        ),
        tuple(
            (
                window.pool_version,
                window.scope_key,
                _window(window.divisions[0]),
                len(window.divisions),
                window.divisions[0].denominator,
                window.divisions[0].driver_unit,
                _result(window.reason),
                currency,
                *_two(amounts),
            )
            for window, currency, amounts in shown
        ),
        tuple(
            ("Total", None, None, None, None, None, None, currency, *_two(explanation.divided(currency)))
            for currency in sorted({currency for _, currency, _ in divided})
        ),
        note=f"{len(divided) - len(shown)} more windows: as JSON or HTML." if len(divided) > len(shown) else "",
    )
    largest = sorted(
        explanation.windows,
        key=lambda window: (
            -max((abs(amounts.effective_cost or Decimal(0)) for amounts in window.divided.values()), default=Decimal(0))
        ),
    )
    for window in largest[:1]:
        bearing = {division.domain_id.lower() for division in window.divisions}
        targets: list[Row] = [
            (
                division.domain_id,
                division.numerator,
                division.denominator,
                _unit(division),
                division.share_from,
                division.share_to,
                division.ratio,
                _basis(division),
            )
            for division in window.divisions
        ]
        targets += [
            (quantity.domain_id, quantity.quantity, None, quantity.unit, None, None, None, "bears nothing")
            for quantity in window.quantities
            if quantity.domain_id.lower() not in bearing and quantity.attempt == window.divisions[0].attempt
        ]
        yield Table(
            f"Largest window: {window.scope_key or 'whole pool'}, from {_window(window.divisions[0])}",
            (
                Column("Target"),
                Column("Numerator", "number"),
                Column("Denominator", "number"),
                Column("Unit"),
                Column("From", "ratio"),
                Column("To", "ratio"),
                Column("Ratio", "ratio"),
                Column("Went by"),
            ),
            tuple(targets[:limit]),
        )
        for division in sorted(window.divisions, key=lambda found: -found.ratio)[:1]:
            if division.ways:
                yield replace(_ways_table(division), caption=f"Ways of the largest part, that of {division.domain_id}")


def _driver_sections(explanation: PoolExplanation) -> Iterable[Section]:
    if explanation.drivers:
        yield Section(
            "Driver",
            tables=(
                Table(
                    "What the driver counts",
                    (
                        Column("Driver"),
                        Column("Kind"),
                        Column("Unit"),
                        Column("Description"),
                        Column("Only source"),
                        Column("Only service"),
                        Column("Only service category"),
                        Column("Only charge category"),
                        Column("From", "date"),
                        Column("To", "date"),
                    ),
                    tuple(
                        (
                            driver.driver_id,
                            driver.kind,
                            driver.unit,
                            driver.description,
                            driver.source_id,
                            driver.service_name,
                            driver.service_category,
                            driver.charge_category,
                            driver.valid_from,
                            driver.valid_to,
                        )
                        for driver in explanation.drivers
                    ),
                ),
            ),
        )
    if explanation.usage:
        others = explanation.usage_count - len(explanation.usage)
        yield Section(
            "Rows of the usage feed",
            tables=(
                Table(
                    "Largest rows",
                    (
                        Column("File"),
                        Column("Row"),
                        Column("Day", "date"),
                        Column("Scope"),
                        Column("Target"),
                        Column("Quantity", "number"),
                        Column("Source"),
                    ),
                    tuple(
                        (row.file, row.row, row.usage_date, row.scope, row.target, row.quantity, row.source_id)
                        for row in explanation.usage
                    ),
                    note=f"{others:,} more rows: fct_driver_usage." if others else "",
                ),
            ),
        )


def _pool_charges_table(explanation: PoolExplanation) -> Table:
    charges: dict[int, SourceRow] = {part.charge.charge_id: part.charge for part in explanation.largest}
    return Table(
        "Charges",
        (
            Column("File"),
            Column("Row"),
            Column("Service"),
            Column("Resource"),
            Column("Day", "date"),
            Column("Currency"),
            *COSTS,
        ),
        tuple(
            (
                charge.file,
                charge.row,
                charge.service,
                charge.resource_id,
                charge.charge_date,
                charge.currency,
                *_costs(charge.amounts),
            )
            for charge in sorted(charges.values(), key=lambda found: -abs(found.amounts.effective_cost or Decimal(0)))
        ),
    )


def _figure_section(amounts: Amounts, currency: str, foots: bool) -> Section:
    return Section(
        "Published",
        facts=(
            *((column.title, cost) for column, cost in zip(COSTS, _costs(amounts), strict=True)),
            ("Currency", currency),
            ("Adds up", _foots(foots)),
        ),
    )


def _owner_section(claims: Sequence[Claim], reason: str | None) -> Section:
    words = () if claims else (f"No rule claimed it: {_reason(reason) or 'no rule matched'}.",)
    return Section("Who claimed it", words, tables=(claims_table(claims),) if claims else ())


def _division_section(division: Division) -> Section:
    return Section(
        "How the pool was divided",
        facts=(
            ("Pool", f"{division.pool_name or division.pool_id}, version {division.pool_version}"),
            ("Method", division.method.replace("_", " ")),
            ("Method id", division.method_id),
            ("Scope", division.scope_key or "the whole pool"),
            ("Window from", _window(division)),
            ("Went by", _basis(division)),
            ("Numerator", division.numerator),
            ("Denominator", division.denominator),
            ("Unit", division.driver_unit),
            ("Bounds", f"{division.share_from!r} to {division.share_to!r}"),
            ("Ratio", division.ratio),
            ("Result", _result(division.reason)),
            ("Not by the first driver", _reason(division.attempt_reason)),
            ("Owner of the pool", division.owner),
            ("Approved by", division.approved_by),
        ),
        tables=(_ways_table(division),) if division.ways else (),
    )


def _line_divisions_section(divisions: Sequence[Division], limit: int | None) -> Section:
    """Return how the pool of a line was divided: in words, or hour by hour."""
    if len(divisions) == 1:
        return _division_section(divisions[0])
    shown = divisions[:limit]
    left_out = len(divisions) - len(shown)
    return Section(
        "How the pool was divided",
        facts=(
            ("Pool", f"{divisions[0].pool_name or divisions[0].pool_id}, version {divisions[0].pool_version}"),
            ("Method", divisions[0].method.replace("_", " ")),
            ("Method id", divisions[0].method_id),
            ("Scope", divisions[0].scope_key or "the whole pool"),
            ("Owner of the pool", divisions[0].owner),
            ("Approved by", divisions[0].approved_by),
        ),
        tables=(
            Table(
                "Each window by itself",
                (
                    Column("Window from"),
                    Column("Went by"),
                    Column("Numerator", "number"),
                    Column("Denominator", "number"),
                    Column("Unit"),
                    Column("From", "ratio"),
                    Column("To", "ratio"),
                    Column("Ratio", "ratio"),
                ),
                tuple(
                    (
                        _window(division),
                        _basis(division),
                        division.numerator,
                        division.denominator,
                        _unit(division),
                        division.share_from,
                        division.share_to,
                        division.ratio,
                    )
                    for division in shown
                ),
                note=f"{left_out} more windows: as JSON or HTML." if left_out else "",
            ),
        ),
    )


def _consumer_sections(consumers: Sequence[ConsumerPart], limit: int | None) -> tuple[Section, ...]:
    """Return whose use it is, where that is known."""
    if not consumers:
        return ()
    return (
        Section(
            "Whose use it is",
            (
                "Each consumer's part of what its owner bears, by what the driver says of it; they sum to what is "
                "published of these owners and pools. What came through another pool is the use of that pool's "
                "consumers.",
            ),
            tables=(consumers_table(consumers, limit),),
        ),
    )


def consumers_table(consumers: Sequence[ConsumerPart], limit: int | None = None) -> Table:
    """Return consumers with their parts, the largest first."""
    ordered = sorted(consumers, key=lambda part: -abs(part.amounts.effective_cost or Decimal(0)))
    shown = ordered[:limit]
    rest = ordered[len(shown) :]
    others: list[Row] = [
        (
            f"{sum(part.currency == currency for part in rest)} more",
            *("",) * 3,
            None,
            "",
            currency,
            *_costs(Amounts.total(part.amounts for part in rest if part.currency == currency)),
        )
        for currency in sorted({part.currency for part in rest})
    ]
    return Table(
        "Consumers",
        (
            Column("Consumer"),
            Column("Known by"),
            Column("Owner"),
            Column("Through pool"),
            Column("Quantity", "number"),
            Column("Unit"),
            Column("Currency"),
            *COSTS,
        ),
        (
            *(
                (
                    part.consumer_name or "not known",
                    (part.technology or "").replace("_", " "),
                    part.domain_id,
                    part.via_pool_id or "",
                    part.quantity,
                    part.unit or "",
                    part.currency,
                    *_costs(part.amounts),
                )
                for part in shown
            ),
            *others,
        ),
        _totals(((part.currency, part.amounts) for part in consumers), 5),
    )


def _invoice_section(lines: Sequence[InvoiceLine]) -> Section:
    if not lines:
        return Section("Invoices", ("No invoice is known for these charges.",))
    return Section("Invoices", tables=(invoices_table(lines),))


def _claim_cells(claim: Claim) -> Row:
    return (
        f"{claim.rule_id} v{claim.rule_version}",
        claim.kind.replace("_", " "),
        claim.precedence,
        claim.outcome,
        claim.evidence,
        "decided" if claim.decided else f"lost: {_reason(claim.reason)}" if claim.reason else "lost: lower precedence",
    )


def _totals(parts: Iterable[tuple[str, Amounts]], blanks: int) -> tuple[Row, ...]:
    """Return a total per currency: the word, ``blanks`` empty cells, the currency, the costs."""
    listed = list(parts)
    return tuple(
        (
            "Total",
            *(None,) * blanks,
            currency,
            *_costs(Amounts.total(amounts for found, amounts in listed if found == currency)),
        )
        for currency in sorted({found for found, _ in listed})
    )


def _result(reason: str | None) -> str:
    """Return what became of a part: it was divided, be it that nobody owns it, or went to a fallback."""
    if reason == UNOWNED:
        return f"divided: {_reason(reason)}"
    return f"to the fallback: {_reason(reason)}" if reason else "divided"


def _basis(division: Division) -> str:
    """Return what a part went by: a driver, a method, a limit, other pools, or the fallback."""
    if division.reason:
        return _reason(division.reason) or ""
    if division.resolution:
        pools = sorted({way.via_pool_id for way in division.ways} - {division.pool_id})
        return f"{division.resolution.replace('_', ' ')} through {', '.join(pools) or 'no other pool'}"
    basis = division.driver_id or division.method.replace("_", " ")
    if division.limited_by:
        basis = f"{basis}, {division.limited_by}"
    return f"{basis} (attempt {division.attempt})" if division.attempt else basis


def _unit(division: Division) -> str:
    return division.driver_unit or ("weight" if division.numerator is not None else "")


def _window(division: Division) -> str:
    hour = f" {division.window_hour}:00 UTC" if division.window_hour >= 0 else ""
    return f"{division.window_start}{hour}"


def _ways_table(division: Division) -> Table:
    """Return the ways by which a part came through other pools."""
    return Table(
        "Ways of the cost through pools",
        (
            Column("Through"),
            Column("Arriving there", "ratio"),
            Column("Driver"),
            Column("Numerator", "number"),
            Column("Denominator", "number"),
            Column("Unit"),
            Column("Of what arrives", "ratio"),
            Column("Of the pool", "ratio"),
        ),
        tuple(
            (
                f"{way.via_pool_id} v{way.via_pool_version}",
                way.arriving_share,
                _reason(way.reason) or way.driver_id or way.method.replace("_", " "),
                way.numerator,
                way.denominator,
                way.driver_unit,
                way.share_of_arriving,
                way.share_of_pool,
            )
            for way in division.ways
        ),
        (("Sum", None, None, None, None, None, None, sum(way.share_of_pool for way in division.ways)),),
        "The sum is the ratio, up to the resolution of a double.",
    )


def _found_by(method: str, rule_id: str | None, version: int | None) -> str:
    return f"{method.replace('_', ' ')} rule {rule_id} v{version}" if rule_id else "no rule"


def _reason(reason: str | None) -> str | None:
    return REASONS.get(reason, reason.replace("_", " ")) if reason else None


def _foots(foots: bool) -> str:
    return "yes, to the last digit" if foots else "NO: the parts are not the published figure"


def _costs(amounts: Amounts) -> Row:
    return amounts.effective_cost, amounts.billed_cost, amounts.list_cost, amounts.contracted_cost


def _two(amounts: Amounts) -> Row:
    return amounts.effective_cost, amounts.billed_cost


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def _listed(names: Iterable[str | None]) -> str:
    return ", ".join(sorted({name for name in names if name})) or "nobody"

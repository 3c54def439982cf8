"""The dispute pack: what the owner of a cost centre needs to accept its figures, or to say which one is wrong."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.evidence.changes import Changes, changes_since
from orchestration.evidence.cost_centres import CostCentreExplanation, booked, explain_cost_centre
from orchestration.evidence.model import Part
from orchestration.evidence.pages import (
    PART_COLUMNS,
    cost_centre_page,
    divisions_table,
    group_claims_table,
    groups_table,
    invoices_table,
    owners_table,
    part_cells,
    pool_facts,
    statements_table,
)
from orchestration.evidence.parts import parts_of
from orchestration.evidence.pools import PoolVersion, pool_versions
from orchestration.evidence.published import Published
from orchestration.home import Home
from orchestration.policy.cells import same
from orchestration.reports import Column, Document, Section, Table, Value
from orchestration.reports.html import as_html
from orchestration.reports.workbook import write_workbook


@dataclass(frozen=True)
class DisputePack:
    """The files of a pack, and the explanation in them."""

    page: Path
    workbook: Path
    explanation: CostCentreExplanation


def write_dispute_pack(
    home: Home, published: Published, cost_centre: str, folder: Path, *, limit: int | None = None
) -> DisputePack:
    """Write the page and the workbook of a cost centre.

    Args:
        home: where the month before may be published.
        published: the publication.
        cost_centre: its name, or a domain_id.
        folder: where to write.
        limit: most rows of a long table on the page; what is left out is a row of its own. The workbook has all.

    Raises:
        ConfigurationError: the cost centre bears nothing in the period.
    """
    explanation = explain_cost_centre(published, cost_centre)
    changes = changes_since(home, published, explanation)
    pools = _pools(published, explanation)
    name = f"dispute-pack-{_file_name(explanation.cost_centre)}-{published.billing_period}"
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{name}.html"
    page.write_text(as_html(_document(explanation, changes, pools, published.provenance, limit)), encoding="utf-8")
    workbook = folder / f"{name}.xlsx"
    sheets = {
        "Published": statements_table(explanation.statements),
        "Who answers for it": owners_table(explanation.statements),
        "Where it comes from": groups_table(explanation.groups),
        "Changes": changes_table(changes),
        "Policy changes": policy_changes_table(changes),
        "Divisions of pools": divisions_table(explanation.groups),
        "Claims of rules": group_claims_table(explanation.groups),
        "Charges": _charges_table(published, explanation),
        "Invoices": invoices_table(explanation.invoices),
    }
    write_workbook(workbook, sheets, created=_last_moment(published.billing_period))
    return DisputePack(page, workbook, explanation)


def changes_table(changes: Changes) -> Table:
    """Return the differences to the month before, with a total per currency."""
    return Table(
        f"Effective cost, this month and in {changes.before}" if changes.before else "Effective cost",
        (
            Column("Domain"),
            Column("Found by"),
            Column("Pool"),
            Column("What is different"),
            Column("Currency"),
            Column("Month before", "amount"),
            Column("This month", "amount"),
            Column("Difference", "amount"),
        ),
        tuple(
            (
                change.domain_id,
                change.found_by,
                change.pool_id,
                change.reason,
                change.currency,
                change.before,
                change.now,
                change.difference,
            )
            for change in changes.changes
        ),
        tuple(
            (
                "Total",
                None,
                None,
                None,
                currency,
                sum(change.before or 0 for change in changes.changes if change.currency == currency),
                sum(change.now or 0 for change in changes.changes if change.currency == currency),
                sum(change.difference for change in changes.changes if change.currency == currency),
            )
            for currency in sorted({change.currency for change in changes.changes})
        ),
    )


def policy_changes_table(changes: Changes) -> Table:
    """Return the rules and pools that began or ended in the month."""
    return Table(
        "Rules and pools that began or ended in the month",
        (
            Column("What"),
            Column("Name"),
            Column("Version"),
            Column("Day", "date"),
            Column("It"),
            Column("Why"),
            Column("Approved by"),
        ),
        tuple(
            (change.kind, change.name, change.version, change.day, change.what, change.rationale, change.approved_by)
            for change in changes.policy
        ),
    )


def _document(
    explanation: CostCentreExplanation,
    changes: Changes,
    pools: list[PoolVersion],
    provenance: str,
    limit: int | None,
) -> Document:
    page = cost_centre_page(
        explanation,
        provenance,
        limit,
        changes=[_changes_section(changes)],
        methods=[_method_section(pool) for pool in pools],
    )
    return Document(
        title=f"Dispute pack: {page.title}",
        subtitle="What is charged, by which method and driver, on which evidence, and what changed since last month",
        facts=page.facts,
        sections=page.sections,
        provenance=provenance,
    )


def _changes_section(changes: Changes) -> Section:
    title = "Changes since last month"
    tables = (policy_changes_table(changes),) if changes.policy else ()
    words = () if changes.policy else ("No rule or pool that these costs went by began or ended in the month.",)
    if changes.before is None:
        return Section(title, ("The month before was never published.", *words), tables=tables)
    return Section(title, words, tables=(changes_table(changes), *tables))


def _method_section(pool: PoolVersion) -> Section:
    return Section(
        f"Method: {pool.pool_name}, v{pool.pool_version}",
        (pool.methodology, f"It may reach {pool.eligible_targets}."),
        facts=pool_facts(pool),
    )


def _pools(published: Published, explanation: CostCentreExplanation) -> list[PoolVersion]:
    used = {(same(group.pool_id), group.pool_version) for group in explanation.groups if group.pool_id}
    return [pool for pool in pool_versions(published) if (same(pool.pool_id), pool.pool_version) in used]


def _charges_table(published: Published, explanation: CostCentreExplanation) -> Table:
    """Return every part of a charge that the cost centre bears."""
    versions = {(line.domain_id, line.domain_valid_from) for line in explanation.statements}
    listed = ", ".join(f"('{domain.replace(chr(39), chr(39) * 2)}', date '{day}')" for domain, day in sorted(versions))
    chosen = f"""
        inner join (
            select distinct source_id, charge_id, domain_id
            from ({booked(published, "fct_charge_splits")})
            where (domain_id, domain_valid_from) in (values {listed})
        ) as chosen
            on splits.charge_id = chosen.charge_id and splits.domain_id = chosen.domain_id
            and splits.source_id = chosen.source_id
    """  # noqa: S608
    domains = sorted({domain for domain, _ in versions})
    return Table(
        "Charges",
        (
            Column("Domain"),
            Column("Pool"),
            *PART_COLUMNS,
            Column("Part, list", "amount"),
            Column("Part, contracted", "amount"),
            Column("Rule"),
            Column("Source"),
            Column("Delivery"),
            Column("Charge id"),
            Column("Account"),
            Column("Resource"),
            Column("Region"),
            Column("Category"),
            Column("Description"),
            Column("Invoice"),
        ),
        tuple(_charge_rows(parts_of(published, chosen, parameters={"domains": domains}))),
    )


def _charge_rows(parts: list[Part]) -> Iterator[tuple[Value, ...]]:
    for part in parts:
        charge = part.charge
        yield (
            part.domain_id,
            part.pool_id,
            *part_cells(part),
            part.published.list_cost,
            part.published.contracted_cost,
            f"{part.rule_id} v{part.rule_version}" if part.rule_id else None,
            charge.source_id,
            charge.delivery_id,
            charge.charge_id,
            charge.sub_account_id,
            charge.resource_id,
            charge.region_id,
            charge.category,
            charge.description,
            charge.invoice_id,
        )


def _file_name(text: str) -> str:
    """Return text as a part of a file's name: letters, digits, dots and hyphens."""
    return "".join(character if character.isalnum() or character in ".-_" else "-" for character in text).strip(".-")


def _last_moment(billing_period: str) -> dt.datetime:
    year, month = map(int, billing_period.split("-"))
    return dt.datetime(year, month, calendar.monthrange(year, month)[1], 23, 59)

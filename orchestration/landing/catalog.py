"""Schema `landing` of the warehouse: what the models read.

One view per kind over the Parquet of the deliveries in force, and small tables about the run, its deliveries and the
invoices. Everything in it is made again from the files on each call, so nothing in it can be stale.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import duckdb
from pydantic import BaseModel

from orchestration.home import Home
from orchestration.landing.contracts import CONTRACTS, Contract
from orchestration.landing.declared import DeclaredTable, declared_tables
from orchestration.landing.drift import ColumnChanges, changes_of, deliveries_before
from orchestration.landing.invoices import INVOICES
from orchestration.landing.kinds import KINDS
from orchestration.landing.receipts import Receipt, Shelf
from orchestration.warehouse.quoting import identifier, literals

if TYPE_CHECKING:
    from orchestration.estate import Estate

_DELIVERIES = """
    delivery_id varchar, delivery_number bigint, source_id varchar, source_kind varchar, billing_period varchar,
    scope varchar, in_force boolean, delivered_at timestamp, file_count bigint, byte_count bigint, row_count bigint,
    declared_row_count bigint, billed_cost decimal(38, 12), drift varchar, is_final boolean
"""
_PARTITIONS = "source_id varchar, source_kind varchar, billing_period varchar, fingerprint varchar"
_CHUNKS = """
    source_id varchar, billing_period varchar, chunk bigint, row_count bigint, source_file varchar, source_row bigint
"""
_CHUNK_ROWS = 500_000
_ROWS_WORTH_CUTTING = 100_000
_INVOICES = """
    issuer varchar, invoice_id varchar, billing_account_id varchar, billing_period varchar, currency varchar,
    subtotal decimal(38, 12), tax decimal(38, 12), total decimal(38, 12), issued_on date, status varchar,
    due_on date, payment_terms varchar, purchase_order varchar, reference_invoice_id varchar
"""
_CONTRACTS = """
    contract_id varchar, commitment_id varchar, issuer varchar, service_provider varchar, billing_account_id varchar,
    category varchar, type varchar, description varchar, period_start date, period_end date, contract_start date,
    contract_end date, cost decimal(38, 12), currency varchar, quantity decimal(38, 12), unit varchar,
    upfront_share decimal(38, 12), discount_share decimal(38, 12), created_on date, updated_on date,
    benefit_category varchar, offer_category varchar, model varchar, fulfillment_interval varchar,
    payment_interval varchar, payment_model varchar, lifecycle_status varchar
"""
_RULE_CHANGES = """
    billing_period varchar, transition_number integer, change_id varchar, period_before varchar,
    publication_before integer, policy_revision_before varchar, policy_revision_after varchar, policy_file varchar,
    row_key varchar, row_version integer, change varchar, changed_columns varchar, row_before varchar,
    row_after varchar, needs_approval boolean, approved_by varchar, approved_how varchar, missing_approval varchar,
    effect_of varchar, effective_cost_before decimal(38, 12), effective_cost_after decimal(38, 12),
    moved_by_all_changes decimal(38, 12), reporting_currency varchar, effect_period varchar, unmeasured_because varchar,
    notified_at timestamp, notified_owners integer
"""
_COMPARED_PUBLICATIONS = """
    billing_period varchar, period_before varchar, publication_before integer, manifest_sha256 varchar
"""
_OWNER_COSTS_BEFORE = """
    billing_period varchar, domain_id varchar, pool_id varchar, service_provider_name varchar, service_name varchar,
    sku_meter varchar, region_id varchar, resource_id varchar, charge_category varchar, charge_class varchar,
    commitment_discount_status varchar, consumed_unit varchar, billing_currency varchar,
    effective_cost decimal(38, 12), consumed_quantity decimal(38, 12)
"""
_META = (
    ("_extra_columns", "varchar"),
    ("_source_id", "varchar"),
    ("_billing_period", "varchar"),
    ("_delivery_id", "varchar"),
    ("_source_file", "varchar"),
    ("_source_row", "bigint"),
    ("_charge_id", "bigint"),
    ("_is_final", "boolean"),
)


def in_force(home: Home, estate: Estate) -> list[Receipt]:
    """Return the receipts in force of the estate's sources, by source and period."""
    return [receipt for receipt, is_in_force in _receipts(home, estate) if is_in_force]


def column_changes(home: Home, estate: Estate) -> dict[str, ColumnChanges]:
    """Return how the columns of each delivery in force differ from those of the delivery before it.

    Args:
        home: where the deliveries were landed.
        estate: its sources' deliveries are looked at.

    Returns:
        Changes by delivery identifier, for deliveries that have any.
    """
    receipts = _receipts(home, estate)
    changes = _changes(receipts)
    return {
        receipt.delivery_id: changes[receipt.delivery_id]
        for receipt, flag in receipts
        if flag and changes[receipt.delivery_id]
    }


def compared_receipts(home: Home, estate: Estate, billing_period: str) -> list[Receipt]:
    """Return the receipts that the columns of a period's deliveries in force are compared with, by source and period.

    They may be of months before, or of deliveries of the same month that are no longer in force.
    """
    found = {}
    for of_source, standing in _by_source(_receipts(home, estate)):
        before = deliveries_before(of_source, standing)
        for receipt in of_source:
            earlier = before[receipt.delivery_id]
            if receipt.billing_period == billing_period and receipt.delivery_id in standing and earlier:
                found[earlier.source_id, earlier.billing_period, earlier.delivery_id] = earlier
    return [receipt for _, receipt in sorted(found.items())]


def _changes(receipts: list[tuple[Receipt, bool]]) -> dict[str, ColumnChanges]:
    found: dict[str, ColumnChanges] = {}
    for of_source, standing in _by_source(receipts):
        found |= changes_of(of_source, standing)
    return found


def _by_source(receipts: list[tuple[Receipt, bool]]) -> list[tuple[list[Receipt], set[str]]]:
    """Return each source's receipts, and the identifiers of all that are in force."""
    by_source: dict[str, list[Receipt]] = defaultdict(list)
    standing = {receipt.delivery_id for receipt, is_in_force in receipts if is_in_force}
    for receipt, _ in receipts:
        by_source[receipt.source_id].append(receipt)
    return [(of_source, standing) for of_source in by_source.values()]


def register(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    estate: Estate,
    *,
    billing_periods: Sequence[str] | None = None,
    policy_revision: str = "",
    code_version: str = "",
    rule_changes: Sequence[Sequence[object]] = (),
    tables: dict[str, DeclaredTable] | None = None,
) -> None:
    """Make schema `landing` again.

    Args:
        con: the warehouse.
        home: where the deliveries were landed.
        estate: its sources' deliveries are registered, others' are not.
        billing_periods: the months this run builds; None for every month with a delivery in force.
        policy_revision: sha256 of the policy files.
        code_version: version of the code that builds, part of each partition's fingerprint.
        rule_changes: rows of `rule_changes`, in the order of its columns.
        tables: declared tables; None reads the project's.
    """
    receipts = _receipts(home, estate)
    standing = [receipt for receipt, is_in_force in receipts if is_in_force]
    con.execute("create schema if not exists landing")
    for kind in sorted(KINDS):
        table = (tables or declared_tables()).get(kind)
        if table is not None:
            con.execute(_view(table, [receipt for receipt in standing if receipt.kind == kind], home))
    periods = sorted({receipt.billing_period for receipt in standing}) if billing_periods is None else billing_periods
    set_scope(con, periods)
    _fill(
        con,
        "run_context",
        "reporting_currency varchar, policy_revision varchar, code_version varchar",
        [(estate.reporting_currency, policy_revision, code_version)],
    )
    changes = _changes(receipts)
    rows = [_delivery_row(receipt, flag, changes[receipt.delivery_id]) for receipt, flag in receipts]
    _fill(con, "deliveries", _DELIVERIES, rows)
    contracts = CONTRACTS.in_force(home, estate)
    _fill(con, "partitions", _PARTITIONS, _partition_rows(standing, contracts, code_version))
    _fill(con, "chunks", _CHUNKS, _chunk_rows(standing))
    _fill(con, "invoices", _INVOICES, _rows(INVOICES.in_force(home, estate)))
    _fill(con, "contracts", _CONTRACTS, _rows(contracts))
    _fill(con, "rule_changes", _RULE_CHANGES, rule_changes)
    _fill(con, "compared_publications", _COMPARED_PUBLICATIONS, ())
    _fill(con, "owner_costs_before", _OWNER_COSTS_BEFORE, ())


def set_scope(con: duckdb.DuckDBPyConnection, billing_periods: Iterable[str]) -> None:
    """Make ``billing_periods`` the months that the next build is about."""
    _fill(con, "run_scope", "billing_period varchar", [(period,) for period in sorted(set(billing_periods))])


def _receipts(home: Home, estate: Estate) -> list[tuple[Receipt, bool]]:
    found = []
    for source in sorted(estate.sources, key=lambda item: item.id):
        shelf = Shelf(home, source.kind, source.id)
        standing = {
            (period, entry.delivery_id)
            for period, scopes in shelf.in_force().items()
            if source.covers(period)
            for entry in scopes.values()
        }
        found += [(receipt, (receipt.billing_period, receipt.delivery_id) in standing) for receipt in shelf.receipts()]
    return found


def _view(table: DeclaredTable, receipts: list[Receipt], home: Home) -> str:
    """Return SQL of a kind's view; files that were landed with the same columns are read together."""
    groups: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for receipt in receipts:
        folder = Shelf(home, receipt.kind, receipt.source_id).delivery_folder(
            receipt.billing_period, receipt.delivery_id
        )
        groups[receipt.landed_columns] += [str(folder / file.part) for file in receipt.files]
    selects = [_select(table, dict(columns), files) for columns, files in sorted(groups.items())]
    return f'create or replace view landing."{table.kind}" as ' + (" union all ".join(selects) or _empty(table))


def _select(table: DeclaredTable, landed: dict[str, str], files: list[str]) -> str:
    columns = [
        f"{identifier(column.name)}"
        if landed.get(column.name) == column.data_type
        else f"cast({identifier(column.name) if column.name in landed else 'null'} as {column.data_type}) "
        f"as {identifier(column.name)}"
        for column in table.landed
    ]
    paths = literals(sorted(files))
    return (
        f"select {', '.join(columns)}, _extra_columns, source_id as _source_id, billing_period as _billing_period, "  # noqa: S608
        "delivery_id as _delivery_id, _source_file, _source_row, first_charge_id + _source_row * 8 as _charge_id, "
        "_is_final "
        f"from read_parquet([{paths}], hive_partitioning = true, hive_types = {{'source_id': varchar, "
        "'billing_period': varchar, 'delivery_id': varchar, 'first_charge_id': bigint})"
    )


def _empty(table: DeclaredTable) -> str:
    columns = [(column.name, str(column.data_type)) for column in table.landed] + list(_META)
    return (
        "select " + ", ".join(f"cast(null as {kind}) as {identifier(name)}" for name, kind in columns) + " where false"
    )


def _delivery_row(receipt: Receipt, is_in_force: bool, changes: ColumnChanges) -> tuple[object, ...]:
    return (
        receipt.delivery_id,
        receipt.delivery_number,
        receipt.source_id,
        receipt.kind,
        receipt.billing_period,
        receipt.scope,
        is_in_force,
        receipt.delivered_at,
        len(receipt.files),
        receipt.byte_count,
        receipt.row_count,
        receipt.declared_row_count,
        receipt.billed_cost,
        json.dumps(receipt.drift.model_dump(mode="json") | {"changes": str(changes) or None}),
        receipt.is_final,
    )


def _partition_rows(
    standing: list[Receipt], contracts: Sequence[Contract], code_version: str
) -> list[tuple[object, ...]]:
    months: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for receipt in standing:
        months[receipt.source_id, receipt.kind, receipt.billing_period].append(receipt.delivery_id)
    # a charge names the negotiated commitments that it draws down
    revisions = {period: CONTRACTS.revision(contracts, period) for _, _, period in months}
    return [
        (source_id, kind, period, _sha256([*sorted(ids), code_version, revisions[period]]))
        for (source_id, kind, period), ids in sorted(months.items())
    ]


def _sha256(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _chunk_rows(standing: list[Receipt]) -> list[tuple[object, ...]]:
    """Return the chunks of each partition: number, rows, and the file and row that each begins with."""
    months: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for receipt in standing:
        months[receipt.source_id, receipt.billing_period] += [(file.path, file.rows) for file in receipt.files]
    return [
        (source_id, period, number, *chunk)
        for (source_id, period), files in sorted(months.items())
        for number, chunk in enumerate(chunks_of(files, rows_of_a_chunk(sum(rows for _, rows in files))))
    ]


def rows_of_a_chunk(rows: int) -> int:
    """Return how many rows a chunk may have of a partition with ``rows``, so that one worth it is made side by side.

    A tenth more than half of them: the files of a delivery are seldom equal to the row, and cutting one costs.
    """
    return min(_CHUNK_ROWS, math.ceil(rows * 11 / 20)) if rows > _ROWS_WORTH_CUTTING else _CHUNK_ROWS


def chunks_of(files: Iterable[tuple[str, int]], most_rows: int) -> list[tuple[int, str, int | None]]:
    """Return how a partition is cut: whole files together, as many as fit; one that is too large by itself, by rows.

    Args:
        files: path and number of rows of each.
        most_rows: rows that a chunk may have.

    Returns:
        Rows of each chunk, its first file, and its first row of that; no row where it begins with the file.
    """
    chunks: list[tuple[int, str, int | None]] = []
    for path, rows in sorted(files):
        if chunks and chunks[-1][0] + rows <= most_rows:
            chunks[-1] = (chunks[-1][0] + rows, *chunks[-1][1:])
            continue
        for first in range(1, rows + 1, most_rows):
            chunks.append((min(most_rows, rows + 1 - first), path, first if first > 1 else None))
    return chunks


def _fill(con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[Sequence[object]]) -> None:
    con.execute(f"create or replace table landing.{name} ({columns})")
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        con.executemany(f"insert into landing.{name} values ({marks})", [list(row) for row in rows])  # noqa: S608


def _rows(documents: Iterable[BaseModel]) -> list[tuple[object, ...]]:
    return [tuple(document.model_dump().values()) for document in documents]

"""The Parquet files of a publication: linked from the warehouse where they exist, written sorted where they do not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.publishing.files import link_or_copy, sha256_of
from orchestration.publishing.models import PERIOD_COLUMNS, PublishedModel
from orchestration.publishing.table import TAGS_FILE, Column, Table, parquet_scan
from orchestration.warehouse.quoting import identifier, literal

FOCUS_MONEY_COLUMNS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
MONEY_COLUMNS = ("billed_cost", "effective_cost", "list_cost", "contracted_cost", "statement_amount")
CURRENCY_COLUMNS = ("BillingCurrency", "billing_currency")


def write_tables(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    billing_period: str,
    models: list[PublishedModel],
    folder: Path,
) -> list[Table]:
    """Put the period's files of every published model into ``folder`` and return what is there.

    Raises:
        ConfigurationError: a model was not built, or a published view reads something that is not published.
    """
    names = {model.name for model in models}
    tables = []
    for model in models:
        columns = _columns(connection, model)
        if model.materialized == "view":
            view_sql = _portable_view(connection, model, names)
            tables.append(Table(model.name, model.description, columns, view_sql=view_sql))
            continue
        files = _link_partitions(home, billing_period, model, folder)
        partition_by = model.partition_by if files else ()
        if not files:
            files = (_write(connection, billing_period, model, columns, folder),)
        has_tags = {"Tags", "x_identity_id"} <= {column.name for column in columns}
        if has_tags:
            _write_tags(connection, [folder / file for file in files], folder / TAGS_FILE)
        tables.append(Table(model.name, model.description, columns, files, partition_by, has_tags=has_tags))
    return tables


def describe_table(connection: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> dict[str, Any]:
    """Return the manifest's entry for a table: its shape, rows, totals per currency, and each file's size and hash."""
    if table.is_view:
        return table.entry()
    return table.entry() | {
        "row_count": sum(pq.read_metadata(folder / file).num_rows for file in table.files),
        "totals": _totals(connection, table, folder),
        "files": [
            {"path": file, "bytes": (folder / file).stat().st_size, "sha256": sha256_of(folder / file)}
            for file in table.all_files
        ],
    }


def _columns(connection: duckdb.DuckDBPyConnection, model: PublishedModel) -> tuple[Column, ...]:
    rows = connection.execute(
        """
        select column_name, data_type from duckdb_columns()
        where database_name = current_database() and schema_name = ? and table_name = ?
        order by column_index
        """,
        [model.schema, model.name],
    ).fetchall()
    if not rows:
        raise _not_built(model, "no such relation")
    return tuple(Column(name, type_name, model.column_descriptions.get(name, "")) for name, type_name in rows)


def _link_partitions(home: Home, billing_period: str, model: PublishedModel, folder: Path) -> tuple[str, ...]:
    if model.period_partition is None:
        return ()
    facts = home.facts / model.name
    wanted = f"{model.period_partition}={billing_period}"
    files = sorted(path for path in facts.rglob("*.parquet") if wanted in path.relative_to(facts).parts)
    for file in files:
        link_or_copy(file, folder / file.relative_to(home.facts))
    return tuple(file.relative_to(home.facts).as_posix() for file in files)


def _write(
    connection: duckdb.DuckDBPyConnection,
    billing_period: str,
    model: PublishedModel,
    columns: tuple[Column, ...],
    folder: Path,
) -> str:
    file = f"{model.name}.parquet"
    period_column = next((column.name for column in columns if column.name in PERIOD_COLUMNS), None)
    condition = f"where {period_column} = {literal(billing_period)}" if period_column else ""
    listed = ", ".join(identifier(column.name) for column in columns)
    connection.execute(
        f"copy (select {listed} from {model.schema}.{identifier(model.name)} {condition} order by all) "  # noqa: S608
        f"to {literal(str(folder / file))} (format parquet, compression zstd)"
    )
    return file


def _write_tags(connection: duckdb.DuckDBPyConnection, files: list[Path], target: Path) -> None:
    """Write each identity's tags once, as a MAP: parsing them per charge would cost a second per ten million."""
    connection.execute(
        f"""
        copy (
            select
                x_identity_id,
                case
                    when count(*) = 1 then cast(cast(any_value(Tags) as json) as map(varchar, varchar))
                    else error('identity ' || x_identity_id || ' has more than one tag set')
                end as Tags
            from (
                select distinct x_identity_id, Tags
                from {parquet_scan(files, {})}
                where Tags is not null
            )
            group by x_identity_id
            order by x_identity_id
        ) to {literal(str(target))} (format parquet, compression zstd)
        """  # noqa: S608
    )


def _totals(connection: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> dict[str, dict[str, str]]:
    names = {column.name for column in table.columns}
    money = [name for name in (*FOCUS_MONEY_COLUMNS, *MONEY_COLUMNS) if name in names]
    currency = next((name for name in CURRENCY_COLUMNS if name in names), None)
    if not money or currency is None:
        return {}
    sums = ", ".join(f"cast(sum({name}) as varchar)" for name in money)
    rows = connection.execute(
        # a row without a currency has no amount
        f"select {currency}, {sums} from {table.scan(folder)} where {currency} is not null group by 1 order by 1"  # noqa: S608
    ).fetchall()
    return {row[0]: dict(zip(money, row[1:], strict=True)) for row in rows}


def _portable_view(connection: duckdb.DuckDBPyConnection, model: PublishedModel, published: set[str]) -> str:
    row = connection.execute(
        """
        select sql, current_database() from duckdb_views()
        where database_name = current_database() and schema_name = ? and view_name = ?
        """,
        [model.schema, model.name],
    ).fetchone()
    if row is None:
        raise _not_built(model, "something that is not a view")
    return portable_query(row[0], catalog=row[1], view=model.name, published=published)


def portable_query(create_view: str, *, catalog: str, view: str, published: set[str]) -> str:
    """Return the query of a ``create view`` statement with its relations named as in a publication.

    Args:
        create_view: the statement, as DuckDB keeps it.
        catalog: the warehouse's catalog name, which the query's relations carry.
        view: the view's name, for messages.
        published: names of published relations, the only ones the query may read.

    Raises:
        ConfigurationError: the query reads a relation that is not published.

    """
    _, query = re.split(r"\bas\b", create_view, maxsplit=1, flags=re.IGNORECASE)
    reference = re.compile(rf'(?<![\w."])"?{re.escape(catalog)}"?\."?(\w+)"?\."?(\w+)"?')
    for schema, name in reference.findall(query):
        if schema != "finance" or name not in published:
            raise ConfigurationError(
                f"published view {view}",
                found=f"it reads {schema}.{name}",
                expected="published tables only, so that a publication stands alone",
                cure="Publish that relation too, or build the view from published marts.",
            )
    return reference.sub(r"finance.\2", query).strip().rstrip(";").strip()


def _not_built(model: PublishedModel, found: str) -> ConfigurationError:
    return ConfigurationError(
        f"warehouse relation {model.schema}.{model.name}",
        found=found,
        expected=f"a {model.materialized} relation, built by dbt",
        cure="Run `tieout run`, which builds every published model before it publishes.",
    )

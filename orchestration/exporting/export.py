"""Writing the FOCUS datasets of one published billing period as Parquet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.exporting import metadata
from orchestration.exporting.columns import FOCUS_VERSIONS, ExportColumn, export_columns, focus_columns
from orchestration.home import Home
from orchestration.publishing import Publication, current_publication, publications
from orchestration.publishing.files import sha256_of
from orchestration.publishing.manifest import FILE_NAME as MANIFEST
from orchestration.publishing.table import Table
from orchestration.warehouse.quoting import identifier, literal

METADATA_FILE = "focus_metadata.json"
_PUBLISHED_AS = {
    "CostAndUsage": "focus_cost_and_usage",
    "ContractCommitment": "focus_contract_commitment",
    "InvoiceDetail": "focus_invoice_detail",
    "BillingPeriod": "focus_billing_period",
}
_ALLOCATED = "focus_allocated_cost_and_usage"


@dataclass(frozen=True)
class ExportedDataset:
    """One exported file.

    Attributes:
        dataset: FOCUS dataset.
        path: the Parquet file.
        row_count: its rows.
        schema_id: the Schema object in the metadata that describes it.
    """

    dataset: str
    path: Path
    row_count: int
    schema_id: str


def export_focus(
    home: Home, billing_period: str, version: str, out: Path, *, allocated: bool = False
) -> list[ExportedDataset]:
    """Write every published FOCUS dataset of a period in the columns of a FOCUS version, with its metadata.

    It reads the current publication only, so that what is exported is what was published. Costs are in BillingCurrency.

    Args:
        home: where publications are.
        billing_period: ``YYYY-MM``.
        version: ``1.2``, ``1.3`` or ``1.4``.
        out: folder for ``<Dataset>.parquet`` and the metadata; made when missing, files of the same name are replaced.
        allocated: write Cost and Usage as allocated: one row per charge and owner, Allocated… columns filled.

    Returns:
        The files, in the order of the FOCUS datasets.

    Raises:
        ConfigurationError: unknown version, a period without publication, a publication without the dataset, or ``out``
            is a file.
    """
    if version not in FOCUS_VERSIONS:
        raise ConfigurationError(
            "export-focus --version",
            found=version,
            expected=" or ".join(FOCUS_VERSIONS),
            cure="Name one of these; files of older versions can be read, not written.",
        )
    publication = current_publication(home, billing_period)
    if publication is None:
        raise _not_published(home, billing_period)
    if out.exists() and not out.is_dir():
        raise ConfigurationError(
            str(out), found="a file", expected="a folder to write into", cure="Name another folder with --out."
        )
    chosen = _datasets(publication, version, allocated=allocated)
    out.mkdir(parents=True, exist_ok=True)
    updated = datetime.fromtimestamp((publication.folder / MANIFEST).stat().st_mtime, UTC)
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        _open(connection, publication)
        results = [
            _export(connection, publication, version, dataset, table, out, updated) for dataset, table in chosen.items()
        ]
    _write_text(out / METADATA_FILE, _metadata_text(version, publication, results))
    return [exported for exported, _ in results]


def _datasets(publication: Publication, version: str, *, allocated: bool) -> dict[str, Table]:
    tables = {table.name: table for table in publication.tables()}
    names = _PUBLISHED_AS | ({"CostAndUsage": _ALLOCATED} if allocated else {})
    if names["CostAndUsage"] not in tables:
        raise ConfigurationError(
            f"{publication.folder}",
            found=f"a publication without {names['CostAndUsage']}",
            expected="the dataset among the published tables",
            cure="Publish the period again with `tieout run`, which publishes every mart of the publish list.",
        )
    return {
        dataset: tables[name] for dataset, name in names.items() if name in tables and focus_columns(version, dataset)
    }


def _open(connection: duckdb.DuckDBPyConnection, publication: Publication) -> None:
    """Define the publication's tables as they lie in its files: Tags stay the JSON text that FOCUS wants."""
    connection.execute("create schema finance")
    for table in sorted(publication.tables(), key=lambda table: (table.is_view, table.name)):
        listed = ", ".join(identifier(column.name) for column in table.columns)
        query = table.view_sql or f"select {listed} from {table.scan(publication.folder)}"  # noqa: S608
        connection.execute(f"create view finance.{identifier(table.name)} as {query}")


def _export(
    connection: duckdb.DuckDBPyConnection,
    publication: Publication,
    version: str,
    dataset: str,
    table: Table,
    out: Path,
    updated: datetime,
) -> tuple[ExportedDataset, dict[str, Any]]:
    types = {row[0]: row[1] for row in connection.execute(f"describe finance.{identifier(table.name)}").fetchall()}
    columns = export_columns(version, dataset, types)
    instance = metadata.instance_id(dataset, table.name)
    code_version = str(publication.manifest()["inputs"].get("code_version", "unknown"))
    schema = metadata.schema(version, instance, code_version, updated, metadata.column_definitions(columns))
    target = out / f"{dataset}.parquet"
    row_count = _write(connection, table, columns, target, schema["SchemaId"], version)
    content: dict[str, Any] = {
        "Schema": schema,
        "x_Artifact": {"Path": target.name, "SchemaId": schema["SchemaId"], "Rows": row_count}
        | {"Sha256": sha256_of(target)},
    }
    if metadata.has_dataset_instances(version):
        content["DatasetInstance"] = {
            "DatasetInstanceId": instance,
            "DatasetInstanceName": table.name,
            "FocusDatasetId": dataset,
        }
        content["Recency"] = metadata.recency(
            instance,
            updated,
            _sector(publication.billing_period) if dataset == "CostAndUsage" else None,
            is_complete=_is_complete(connection, types, table),
        )
    return ExportedDataset(dataset, target, row_count, schema["SchemaId"]), content


def _write(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    columns: list[ExportColumn],
    target: Path,
    schema_id: str,
    version: str,
) -> int:
    listed = ", ".join(
        f"cast({column.expression} as {column.data_type}) as {identifier(column.name)}" for column in columns
    )
    beside = target.with_name(f".{target.name}.partial")
    row = connection.execute(
        f"copy (select {listed} from finance.{identifier(table.name)}) to {literal(str(beside))} "  # noqa: S608
        f"(format parquet, compression zstd, "
        f"kv_metadata {{FocusVersion: {literal(version)}, SchemaId: {literal(schema_id)}}})"
    ).fetchone()
    beside.replace(target)
    return int(row[0]) if row else 0


def _is_complete(connection: duckdb.DuckDBPyConnection, types: dict[str, str], table: Table) -> bool:
    """Whether nothing more is expected: no charge of the period is estimated any more."""
    if "x_cost_state" not in types:
        return True
    row = connection.execute(
        f"select count(*) from finance.{identifier(table.name)} where x_cost_state = 'estimated'"  # noqa: S608
    ).fetchone()
    return row is None or row[0] == 0


def _metadata_text(
    version: str, publication: Publication, results: list[tuple[ExportedDataset, dict[str, Any]]]
) -> str:
    contents = [content for _, content in results]
    document: dict[str, Any] = {"DataGenerator": {"DataGenerator": metadata.DATA_GENERATOR}}
    if metadata.has_dataset_instances(version):
        document["DatasetInstance"] = [content["DatasetInstance"] for content in contents]
        document["Recency"] = [content["Recency"] for content in contents]
    document["Schema"] = [content["Schema"] for content in contents]
    document["x_Artifacts"] = [content["x_Artifact"] for content in contents]
    document["x_Publication"] = {"BillingPeriod": publication.billing_period, "Number": publication.number}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _sector(billing_period: str) -> tuple[datetime, datetime]:
    start = datetime.strptime(billing_period, "%Y-%m").replace(tzinfo=UTC)
    return start, start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)


def _write_text(target: Path, text: str) -> None:
    beside = target.with_name(f".{target.name}.partial")
    beside.write_text(text, encoding="utf-8")
    beside.replace(target)


def _not_published(home: Home, billing_period: str) -> ConfigurationError:
    published = ", ".join(publication.billing_period for publication in publications(home)) or "none"
    return ConfigurationError(
        f"export-focus --period {billing_period}",
        found="no publication of that period",
        expected=f"a published period (YYYY-MM) of {home.publications}: {published}",
        cure="Publish it with `tieout run`, or name a published period, or another home with --home.",
    )

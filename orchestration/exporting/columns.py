"""The columns of each FOCUS version, and how the older ones are filled from those of the newest."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from orchestration.policy.model import PROJECT_SEEDS
from orchestration.warehouse.quoting import identifier

FOCUS_VERSIONS = ("1.2", "1.3", "1.4")
NEWEST = "1.4"
COLUMN_TABLE = PROJECT_SEEDS / "reference" / "focus_columns.csv"

_SQL_TYPES = {"text": "varchar", "json": "varchar", "decimal": "decimal(38, 12)", "date_time": "timestamp"}

# Columns that 1.4 no longer has. They ask who made the service available for purchase (ProviderName) and who produced
# it (PublisherName): on a marketplace the host sells what another makes, elsewhere the service provider is both.
_OLDER_COLUMNS = {
    ("CostAndUsage", "ProviderName"): (
        "case when ServiceProviderName = InvoiceIssuerName then ServiceProviderName "
        "else coalesce(HostProviderName, ServiceProviderName) end"
    ),
    ("CostAndUsage", "PublisherName"): "ServiceProviderName",
}
# 1.3 writes the keys of this object with ID, 1.4 with Id
_OTHER_SPELLINGS = {
    ("1.3", "CostAndUsage", "ContractApplied"): (
        """replace(replace(ContractApplied, '"ContractId":', '"ContractID":'), """
        """'"ContractCommitmentId":', '"ContractCommitmentID":')"""
    ),
}
_DEPRECATED = {("1.3", "ProviderName"), ("1.3", "PublisherName")}


@dataclass(frozen=True)
class FocusColumn:
    """One column of a dataset in one FOCUS version.

    Attributes:
        name: as FOCUS spells it.
        data_type: text, json, decimal or date_time.
        feature_level: mandatory, conditional, recommended or optional.
        is_nullable: whether the version allows nulls at all.
        value_format: what the values must look like; the words are described in ``seeds/reference``.
        allowed_values: the complete list, when the version fixes one.
    """

    name: str
    data_type: str
    feature_level: str
    is_nullable: bool
    value_format: str
    allowed_values: tuple[str, ...]


@dataclass(frozen=True)
class ExportColumn:
    """One column of an exported file.

    Attributes:
        name: its name in the file.
        expression: SQL over the columns of the published table.
        data_type: SQL type in the file.
        is_json: its text is a JSON object.
        is_deprecated: the version announces that the column will go.
    """

    name: str
    expression: str
    data_type: str
    is_json: bool = False
    is_deprecated: bool = False


@cache
def focus_columns(version: str, dataset: str) -> tuple[FocusColumn, ...]:
    """Return the columns of a dataset in a FOCUS version, in FOCUS order; none when the version has no such dataset."""
    with COLUMN_TABLE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["focus_version"], row["dataset"]) == (version, dataset)]
    return tuple(
        FocusColumn(
            name=row["column_name"],
            data_type=row["data_type"],
            feature_level=row["feature_level"],
            is_nullable=row["is_nullable"] == "true",
            value_format=row["value_format"],
            allowed_values=tuple(filter(None, row["allowed_values"].split("|"))),
        )
        for row in sorted(rows, key=lambda row: row["column_name"])
    )


def export_columns(version: str, dataset: str, published: dict[str, str]) -> list[ExportColumn]:
    """Return the columns of an exported file: those of the version in FOCUS order, then custom columns by name.

    What only a later version knows travels as a custom column (``x_HostProviderName``), so that nothing is lost.

    Args:
        version: FOCUS version of the file.
        dataset: FOCUS dataset.
        published: columns of the published table with their SQL types.
    """
    wanted = focus_columns(version, dataset)
    names = {column.name for column in wanted}
    chosen = [
        ExportColumn(
            column.name,
            _expression(version, dataset, column.name, published),
            _SQL_TYPES[column.data_type],
            is_json=column.data_type == "json",
            is_deprecated=(version, column.name) in _DEPRECATED,
        )
        for column in wanted
    ]
    custom = {
        name if name.startswith("x_") else f"x_{name}": (name, sql_type)
        for name, sql_type in published.items()
        if name not in names
    }
    return chosen + [ExportColumn(name, identifier(source), kind) for name, (source, kind) in sorted(custom.items())]


def _expression(version: str, dataset: str, name: str, published: dict[str, str]) -> str:
    if (version, dataset, name) in _OTHER_SPELLINGS:
        return _OTHER_SPELLINGS[version, dataset, name]
    if name not in published and (dataset, name) in _OLDER_COLUMNS:
        return _OLDER_COLUMNS[dataset, name]
    return identifier(name)

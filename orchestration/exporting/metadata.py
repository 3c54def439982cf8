"""The dataset metadata of a FOCUS version: who made the data, what it is, its columns, and how recent it is.

1.3 and 1.4 have DataGenerator, DatasetInstance, Schema and Recency; 1.2 has DataGenerator and Schema.
Ids are name-based: the same dataset has the same id in every export, and a schema's id changes with its structure only.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from orchestration.exporting.columns import ExportColumn

DATA_GENERATOR = "Tieout"
PROVIDER_TAG_PREFIXES = ["aws:", "compute.googleapis.com/", "goog-", "oci:", "orcl-cloud."]

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://focus.finops.org/#tieout")
_DECIMAL = re.compile(r"decimal\((\d+), ?(\d+)\)", re.IGNORECASE)
_DATA_TYPES = {
    "varchar": "STRING",
    "timestamp": "DATETIME",
    "date": "DATE",
    "double": "DOUBLE",
    "bigint": "BIGINT",
    "integer": "INTEGER",
    "boolean": "BOOLEAN",
}


def has_dataset_instances(version: str) -> bool:
    """Whether the version knows DatasetInstance and Recency."""
    return version != "1.2"


def instance_id(dataset: str, form: str) -> str:
    """Return the GUID of a dataset in one form (as billed, or allocated)."""
    return str(uuid.uuid5(_NAMESPACE, f"{dataset}/{form}"))


def column_definitions(columns: Sequence[ExportColumn]) -> list[dict[str, Any]]:
    """Return the ColumnDefinition objects of a file's columns."""
    return [_definition(column) for column in columns]


def schema(
    version: str,
    instance: str,
    generator_version: str,
    created: datetime,
    definitions: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return a Schema object.

    Args:
        version: FOCUS version.
        instance: id of the dataset instance it is of.
        generator_version: code version; it changes with the FOCUS version, as FOCUS asks.
        created: when the schema was first used, as far as known: the publication's time.
        definitions: its columns.
    """
    structure = json.dumps([version, instance, definitions], sort_keys=True)
    content: dict[str, Any] = {
        "SchemaId": str(uuid.uuid5(_NAMESPACE, structure)),
        "FocusVersion": version,
        "CreationDate": utc_text(created),
        "DataGeneratorVersion": f"{generator_version}+focus{version}",
    }
    if has_dataset_instances(version):
        content["DatasetInstanceId"] = instance
    return content | {"ColumnDefinition": definitions}


def recency(
    instance: str, updated: datetime, sector: tuple[datetime, datetime] | None, *, is_complete: bool
) -> dict[str, Any]:
    """Return a Recency object; ``sector`` is the billing period of a time series, None for other datasets."""
    content: dict[str, Any] = {
        "DatasetInstanceId": instance,
        "RecencyLastUpdated": utc_text(updated),
        "DatasetInstanceLastUpdated": utc_text(updated),
    }
    if sector is None:
        return content | {"DatasetInstanceComplete": is_complete}
    start, end = sector
    return content | {
        "TimeSectors": [
            {
                "TimeSectorStart": utc_text(start),
                "TimeSectorEnd": utc_text(end),
                "TimeSectorComplete": is_complete,
                "TimeSectorLastUpdated": utc_text(updated),
            }
        ]
    }


def utc_text(moment: datetime) -> str:
    """Return a UTC moment as FOCUS writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _definition(column: ExportColumn) -> dict[str, Any]:
    kind = column.data_type.lower()
    content: dict[str, Any] = {"ColumnName": column.name}
    if number := _DECIMAL.fullmatch(kind):
        content |= {
            "DataType": "DECIMAL",
            "NumericPrecision": int(number[1]),
            "NumberScale": int(number[2]),
        }
    elif column.is_json:
        content |= {"DataType": "JSON", "StringEncoding": "UTF-8"}
    elif kind == "varchar":
        content |= {"DataType": "STRING", "StringEncoding": "UTF-8"}
    else:
        content |= {"DataType": _DATA_TYPES[kind]}
    if column.name == "Tags":
        content["ProviderTagPrefixes"] = PROVIDER_TAG_PREFIXES
    if column.is_deprecated:
        content["Deprecated"] = True
    return content

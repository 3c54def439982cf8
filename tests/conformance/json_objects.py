"""JSON Schemas of the object columns of FOCUS 1.4, and what a schema cannot say: keys that come twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema

SCHEMAS = Path(__file__).parent / "json_schemas"


def columns() -> list[str]:
    """Return the columns that have a schema."""
    return sorted(path.stem for path in SCHEMAS.glob("*.json"))


def dataset_of(column: str) -> str:
    """Return the FOCUS dataset that a column belongs to."""
    return {"ContractCommitmentApplicability": "ContractCommitment", "InvoiceDetailGrain": "InvoiceDetail"}.get(
        column, "CostAndUsage"
    )


def findings(column: str, texts: Iterable[str]) -> list[str]:
    """Return what is wrong with each text of a column, one line per text."""
    schema = json.loads((SCHEMAS / f"{column}.json").read_text(encoding="utf-8"))
    checker = jsonschema.Draft202012Validator(schema)
    found = []
    for text in texts:
        try:
            value = json.loads(text, object_pairs_hook=_unique)
        except ValueError as error:
            found.append(f"{column} {text}: {error}")
            continue
        found.extend(f"{column} {text}: {error.json_path} {error.message}" for error in checker.iter_errors(value))
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a key comes twice")
    return dict(pairs)

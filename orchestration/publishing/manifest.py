"""The manifest of a publication: what went in, what the gate said, and what came out, file by file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = 1
FILE_NAME = "manifest.json"


@dataclass(frozen=True)
class Evidence:
    """What a publication rests on; it goes into the manifest as it is, so it must not hold a time or a machine's path.

    Attributes:
        fingerprint: identity of all inputs; a period whose inputs have another one is stale.
        inputs: deliveries (id, hash, rows, cost), invoices, policy revision, code version, reporting currency.
        gate: the gate's result, expectation by expectation.
        allocation_accuracy: share of cost with an accurate owner, per variant, with its grade.
    """

    fingerprint: str
    inputs: Mapping[str, Any]
    gate: Mapping[str, Any]
    allocation_accuracy: Sequence[Mapping[str, Any]]


def manifest_text(
    billing_period: str,
    evidence: Evidence,
    tables: Mapping[str, Any],
    database: Mapping[str, Any],
) -> str:
    """Return the manifest as JSON text; equal content gives equal text."""
    content = {
        "format": FORMAT,
        "billing_period": billing_period,
        "fingerprint": evidence.fingerprint,
        "inputs": evidence.inputs,
        "gate": evidence.gate,
        "allocation_accuracy": list(evidence.allocation_accuracy),
        "tables": tables,
        "database": database,
    }
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of the publication in ``folder``."""
    content: dict[str, Any] = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    return content

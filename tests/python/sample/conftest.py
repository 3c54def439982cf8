"""One small estate for all tests, and readers of it that use nothing but csv, json, pyarrow and Decimal."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from orchestration.sample import SampleSummary, write_sample

ROWS = 9_000


@dataclass
class Estate:
    """A written estate, read back."""

    root: Path
    summary: SampleSummary
    _charges: list[dict[str, Any]] = field(default_factory=list)

    @property
    def charges(self) -> list[dict[str, Any]]:
        if not self._charges:
            self._charges = pq.read_table(self.root / "truth" / "charges.parquet").to_pylist()
        return self._charges

    @property
    def totals(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.root / "truth" / "totals.json").read_text())
        return content

    @property
    def deliveries(self) -> list[dict[str, Any]]:
        content: list[dict[str, Any]] = json.loads((self.root / "truth" / "deliveries.json").read_text())
        return content

    @property
    def shares(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = pq.read_table(self.root / "truth" / "shares.parquet").to_pylist()
        return rows

    def policy(self, table: str) -> list[dict[str, str]]:
        with (self.root / "policy" / f"{table}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def invoices(self, *files: str) -> list[dict[str, str]]:
        """The invoices of some files; of all when none is named."""
        rows: list[dict[str, str]] = []
        for path in sorted((self.root / "invoices").glob("*.csv")):
            if not files or path.stem in files:
                with path.open(newline="") as file:
                    rows += csv.DictReader(file)
        return rows

    def location(self, source_id: str) -> Path:
        return self.root / "exports" / source_id.removesuffix("-main")

    def rows(self, source_id: str, path: str) -> Iterator[dict[str, Any]]:
        file = self.location(source_id) / path
        if file.suffix == ".parquet":
            yield from pq.read_table(file).to_pylist()
        elif file.suffix == ".csv":
            with file.open(newline="") as text:
                yield from csv.DictReader(text)
        elif file.suffix == ".json":
            content = file.read_text()
            if '"results"' in content:
                yield from results(json.loads(content, parse_float=Decimal))
            else:
                yield from (json.loads(line, parse_float=Decimal) for line in content.splitlines())
        else:
            with gzip.open(file, "rt", newline="") as text:
                yield from csv.DictReader(text)

    def in_force(self, source_id: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """File, row number and row of everything that must land."""
        for delivery in self.deliveries:
            if delivery["source_id"] == source_id and delivery["in_force"]:
                for file in delivery["files"]:
                    for number, row in enumerate(self.rows(source_id, file["path"]), start=1):
                        yield file["path"], number, row


def results(document: Any) -> Iterator[dict[str, Any]]:
    """The results of a cost API's answers, each with the day it is of."""
    for page in document if isinstance(document, list) else [document]:
        for bucket in page["data"]:
            start = bucket.get("starting_at") or f"{datetime.fromtimestamp(bucket['start_time'], UTC):%Y-%m-%d}"
            yield from ({"day": start[:10], **result} for result in bucket["results"])


def native_cost(source_id: str, row: dict[str, Any]) -> Decimal:
    """The cash column of a native row."""
    if source_id == "aws-main":
        return Decimal(row["line_item_unblended_cost"])
    if source_id == "azure-main":
        return Decimal(row["BilledCost"])
    return row["cost"] + sum((credit["amount"] for credit in row["credits"]), Decimal(0))


def period(source_id: str, row: dict[str, Any]) -> str:
    """The billing period of a native row."""
    if source_id == "aws-main":
        return str(row["bill_billing_period_start_date"][:7])
    if source_id == "azure-main":
        return str(row["BillingPeriodStart"][:7])
    month = row["invoice"]["month"]
    return f"{month[:4]}-{month[4:]}"


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    root = tmp_path_factory.mktemp("estate")
    return Estate(root, write_sample(root, rows=ROWS))

"""The official validator finds nothing in the 1.2 export of any source but what its own rule model has wrong."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from orchestration.exporting.columns import export_columns
from tests.conformance.conftest import FOLDER, Exports, scan
from tests.conformance.validator import Validator
from tests.python.providers.conftest import source_id

KNOWN_FAILURES = Path(__file__).parent / "known_failures.csv"


@pytest.fixture(scope="session")
def validator() -> Validator:
    return Validator(FOLDER)


def test_only_known_failures_remain(
    source: str, exports: Exports, validator: Validator, connection: duckdb.DuckDBPyConnection
) -> None:
    file = FOLDER / "exports" / f"{source}-1.2.parquet"
    connection.execute(
        f"copy (select * from {scan(exports.files('1.2'))} where x_source_id = '{source}') to '{file}' (format parquet)"
    )
    judgement = validator.judge(file, file.with_suffix(".xml"))
    assert judgement.checked > 300
    assert judgement.leaves - known_failures(source) == frozenset()


def test_only_known_failures_remain_in_a_providers_fixture(
    kind: str, fixtures: duckdb.DuckDBPyConnection, validator: Validator
) -> None:
    source = source_id(kind)
    file = FOLDER / "exports" / f"fixture-{source}-1.2.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    types = {row[0]: row[1] for row in fixtures.execute("describe finance.focus_cost_and_usage").fetchall()}
    columns = ", ".join(
        f'cast({column.expression} as {column.data_type}) as "{column.name}"'
        for column in export_columns("1.2", "CostAndUsage", types)
    )
    fixtures.execute(
        f"copy (select {columns} from finance.focus_cost_and_usage where x_source_id = '{source}') "
        f"to '{file}' (format parquet)"
    )
    judgement = validator.judge(file, file.with_suffix(".xml"))
    assert judgement.checked > 300
    assert judgement.leaves - known_failures(source) == frozenset()


def test_the_validator_sees_a_defect(
    exports: Exports, validator: Validator, connection: duckdb.DuckDBPyConnection
) -> None:
    file = FOLDER / "exports" / "defect-1.2.parquet"
    connection.execute(
        f"copy (select * replace (cast(null as varchar) as ServiceName) from {scan(exports.files('1.2')[:1])}) "
        f"to '{file}' (format parquet)"
    )
    assert "ServiceName-C-003-M" in validator.judge(file, file.with_suffix(".xml")).leaves


def known_failures(source: str) -> frozenset[str]:
    with KNOWN_FAILURES.open(encoding="utf-8", newline="") as file:
        return frozenset(
            row["rule"] for row in csv.DictReader(file) if not row["sources"] or source in row["sources"].split()
        )

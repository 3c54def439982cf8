"""Every distinct JSON object that is exported satisfies the schema of its column."""

from __future__ import annotations

import duckdb
import pytest

from tests.conformance import json_objects
from tests.conformance.conftest import Exports, scan


@pytest.mark.parametrize("column", json_objects.columns())
@pytest.mark.parametrize("allocated", [False, True], ids=["billed", "allocated"])
def test_exported_objects_satisfy_their_schema(
    column: str, allocated: bool, exports: Exports, connection: duckdb.DuckDBPyConnection
) -> None:
    files = exports.files("1.4", json_objects.dataset_of(column), allocated=allocated)
    rows = connection.execute(f"select distinct {column} from {scan(files)} where {column} is not null").fetchall()
    assert json_objects.findings(column, (text for (text,) in rows)) == []


def test_there_is_something_to_judge(exports: Exports, connection: duckdb.DuckDBPyConnection) -> None:
    row = connection.execute(
        f"select count(Tags), count(AllocatedMethodDetails), count(ContractApplied) "
        f"from {scan(exports.files('1.4', allocated=True))}"
    ).fetchone()
    assert row is not None
    assert min(row) > 0

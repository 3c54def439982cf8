"""The official validator finds nothing in the 1.2 export of any source but what its own rule model has wrong."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from orchestration.exporting.columns import export_columns
from orchestration.landing.kinds import KINDS
from tests.conformance.conftest import FOLDER, Exports, kind_of, scan, sources_with_money
from tests.conformance.validator import APPLICABILITY, Judgement, Validator, unsupported
from tests.python.providers.conftest import kinds_with_fixtures, source_id

KNOWN_FAILURES = Path(__file__).parent / "known_failures.csv"


@dataclass(frozen=True)
class Judged:
    """What the validator says of a source."""

    kind: str
    judgement: Judgement


class Judge:
    """Judges each source once.

    Args:
        validator: the validator.
        exports: the sample estate's files.
        fixtures: the warehouse of the providers' fixtures.
    """

    def __init__(self, validator: Validator, exports: Exports, fixtures: duckdb.DuckDBPyConnection) -> None:
        self.validator, self._exports, self._fixtures = validator, exports, fixtures
        self._judged: dict[str, Judged] = {}

    def of_source(self, source: str) -> Judged:
        """Judge a source of the sample estate."""
        file = FOLDER / "exports" / f"{source}-1.2.parquet"
        if source not in self._judged:
            with duckdb.connect() as connection:
                connection.execute(
                    f"copy (select * from {scan(self._exports.files('1.2'))} where x_source_id = '{source}') "
                    f"to '{file}' (format parquet)"
                )
            self._judged[source] = self._judge(kind_of(source), file)
        return self._judged[source]

    def of_fixture(self, kind: str) -> Judged:
        """Judge a provider's fixture."""
        name = f"fixture {kind}"
        file = FOLDER / "exports" / f"fixture-{source_id(kind)}-1.2.parquet"
        if name not in self._judged:
            types = {
                row[0]: row[1] for row in self._fixtures.execute("describe finance.focus_cost_and_usage").fetchall()
            }
            columns = ", ".join(
                f'cast({column.expression} as {column.data_type}) as "{column.name}"'
                for column in export_columns("1.2", "CostAndUsage", types)
            )
            self._fixtures.execute(
                f"copy (select {columns} from finance.focus_cost_and_usage where x_source_id = '{source_id(kind)}') "
                f"to '{file}' (format parquet)"
            )
            self._judged[name] = self._judge(kind, file)
        return self._judged[name]

    def all(self) -> list[Judged]:
        """Judge every source and fixture."""
        return [self.of_source(source) for source in sources_with_money()] + [
            self.of_fixture(kind) for kind in kinds_with_fixtures()
        ]

    def _judge(self, kind: str, file: Path) -> Judged:
        return Judged(kind, self.validator.judge(file, file.with_suffix(".xml"), unsupported(kind)))


@pytest.fixture(scope="session")
def judge(exports: Exports, fixtures: duckdb.DuckDBPyConnection) -> Judge:
    return Judge(Validator(FOLDER), exports, fixtures)


def test_only_known_failures_remain(source: str, judge: Judge) -> None:
    judged = judge.of_source(source)
    assert judged.judgement.checked > 250
    assert judged.judgement.leaves - known_failures(judged.kind) == frozenset()


def test_only_known_failures_remain_in_a_providers_fixture(kind: str, judge: Judge) -> None:
    judged = judge.of_fixture(kind)
    assert judged.judgement.checked > 250
    assert judged.judgement.leaves - known_failures(kind) == frozenset()


def test_every_known_failure_still_occurs(judge: Judge) -> None:
    found = {(judged.kind, rule) for judged in judge.all() for rule in judged.judgement.leaves}
    of_all = {rule for _, rule in found}
    known = {(row["rule"], kind) for row in rows_of(KNOWN_FAILURES) for kind in row["kinds"].split() or [""]}

    assert {(rule, kind) for rule, kind in known if (kind, rule) not in found and (kind or rule not in of_all)} == set()


def test_criteria_are_of_kinds_that_there_are(judge: Judge) -> None:
    rows = rows_of(APPLICABILITY)
    assert {kind for row in rows for kind in row["kinds"].split()} <= set(KINDS)
    assert {row["criterion"] for row in rows} <= judge.validator.criteria()


def test_the_validator_sees_a_defect(judge: Judge, exports: Exports, connection: duckdb.DuckDBPyConnection) -> None:
    file = FOLDER / "exports" / "defect-1.2.parquet"
    connection.execute(
        f"copy (select * replace (cast(null as varchar) as ServiceName) from {scan(exports.files('1.2')[:1])}) "
        f"to '{file}' (format parquet)"
    )
    assert "ServiceName-C-003-M" in judge.validator.judge(file, file.with_suffix(".xml")).leaves


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def known_failures(kind: str) -> frozenset[str]:
    return frozenset(row["rule"] for row in rows_of(KNOWN_FAILURES) if not row["kinds"] or kind in row["kinds"].split())

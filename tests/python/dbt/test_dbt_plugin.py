"""What the `partitioned` materialization asks of its plug-in: chunks side by side, in order, and files that go."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse.dbt_plugin import SideBySide, make_directories, remove_files


@pytest.fixture
def connection(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(tmp_path / "warehouse.duckdb"), config={"threads": 3})


def threads(connection: duckdb.DuckDBPyConnection) -> int:
    return connection.execute("select current_setting('threads')").fetchone()[0]


def begin(side_by_side: SideBySide, connection: duckdb.DuckDBPyConnection, model: str) -> None:
    """As the materialization does."""
    side_by_side.begin(model)
    connection.execute("set threads = 1")


def test_statements_have_one_thread_each_until_those_of_every_model_have_run(connection, tmp_path):
    side_by_side = SideBySide(connection)
    begin(side_by_side, connection, "one")
    begin(side_by_side, connection, "two")
    file = tmp_path / "threads.parquet"

    assert side_by_side.run([f"copy (select current_setting('threads') as threads) to '{file}'"]) == 1
    assert connection.read_parquet(str(file)).fetchone() == (1,)
    assert threads(connection) == 1

    side_by_side.run([f"copy (select current_setting('threads') as threads) to '{file}'"])
    assert connection.read_parquet(str(file)).fetchone() == (1,)
    assert threads(connection) == 3


def test_a_statement_that_fails_leaves_the_threads_as_they_were(connection, tmp_path):
    side_by_side = SideBySide(connection)
    begin(side_by_side, connection, "one")

    with pytest.raises(duckdb.CatalogException, match="no_such_table"):
        side_by_side.run(["select * from no_such_table", "create table written as select 1 as n"])

    assert threads(connection) == 3
    begin(side_by_side, connection, "one")
    assert side_by_side.run(["create or replace table written as select 2 as n"]) == 1
    assert connection.execute("from written").fetchone() == (2,)


def test_times_are_utc_wherever_a_statement_runs(connection):
    side_by_side = SideBySide(connection)
    begin(side_by_side, connection, "one")

    side_by_side.run(["create table zones as select current_setting('TimeZone') as zone"])

    assert connection.execute("from zones").fetchone() == ("UTC",)


def test_a_folder_goes_with_its_last_file(tmp_path):
    folder = tmp_path / "source=aws" / "billing_period=2026-05"
    files = [folder / "data.parquet", folder / "data-1.parquet"]
    assert make_directories([str(folder), str(folder)]) == 2
    for file in files:
        file.touch()

    remove_files([str(files[0])])
    assert folder.is_dir()

    remove_files([str(files[0]), str(files[1])])
    assert not folder.exists()
    assert folder.parent.is_dir()


def test_what_is_in_no_partition_stays(tmp_path):
    partition = tmp_path / "billing_period=2026-05" / "data.parquet"
    partition.parent.mkdir()
    partition.touch()
    other = tmp_path / "estate.yml"
    other.touch()

    with pytest.raises(ValueError, match="not in a partition folder"):
        remove_files([str(partition), str(other)])

    assert partition.exists()
    assert other.exists()

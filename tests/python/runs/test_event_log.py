"""Dagster's event log keeps its connections, and stays the log that Dagster itself reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.home import Home
from orchestration.runs.event_log import KEPT_OPEN, EventLogStorage
from orchestration.runs.execution import prepare_instance


@dg.asset
def ledger() -> None:
    """An asset that is materialised."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    prepare_instance(home)
    return home


@pytest.fixture
def instance(home: Home) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        yield instance


def test_a_run_is_read_back_by_the_storage_that_dagster_would_use(home: Home, instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.event_log_storage, EventLogStorage)
    run_id = dg.materialize([ledger], instance=instance).run_id

    plain = SqliteEventLogStorage(str(home.dagster / "history" / "runs"))
    plain.register_instance(instance)
    assert plain.get_logs_for_run(run_id) == instance.all_logs(run_id)
    assert len(plain.get_logs_for_run(run_id)) > 5
    record = plain.get_latest_materialization_events([ledger.key])[ledger.key]
    assert record is not None
    assert record.run_id == run_id


def test_what_another_process_stores_is_seen(home: Home, instance: dg.DagsterInstance) -> None:
    assert instance.get_latest_materialization_event(ledger.key) is None  # the database is open now
    with dg.DagsterInstance.from_config(str(home.dagster)) as other:
        run_id = dg.materialize([ledger], instance=other).run_id
    event = instance.get_latest_materialization_event(ledger.key)
    assert event is not None
    assert event.run_id == run_id


def test_few_databases_are_kept_open_however_many_runs_are_looked_at(instance: dg.DagsterInstance) -> None:
    runs = [dg.materialize([ledger], instance=instance).run_id for _ in range(KEPT_OPEN + 2)]
    storage = instance.event_log_storage
    assert isinstance(storage, EventLogStorage)
    for run_id in (*runs, *runs):
        assert instance.all_logs(run_id)
        assert len(storage._engines) <= KEPT_OPEN
    storage.dispose()
    assert not storage._engines
    assert instance.all_logs(runs[0]), "a disposed storage opens again"

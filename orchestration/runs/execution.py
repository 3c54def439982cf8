"""Runs billing periods through Dagster, in this process, so that the Dagster page shows them as its own."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import yaml

from orchestration.home import Home
from orchestration.publishing import current_publication
from orchestration.runs import steps
from orchestration.runs.outcome import PeriodOutcome, Status
from orchestration.runs.workspace import Workspace

if TYPE_CHECKING:
    import dagster as dg

INSTANCE = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    # One DuckDB file has one writer: runs queue up. A lock in the home guards against runs from outside the page.
    "concurrency": {"runs": {"max_concurrent_runs": 1}, "pools": {"granularity": "run", "default_limit": 1}},
    "freshness": {"enabled": True},
}


def prepare_instance(home: Home) -> None:
    """Write Dagster's settings into the home: no telemetry, one run at a time, an event log that stays open."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    event_log = {
        "module": "orchestration.runs.event_log",
        "class": "EventLogStorage",
        "config": {"base_dir": str(home.dagster.absolute() / "history" / "runs")},  # where Dagster's own keeps it
    }
    text = yaml.safe_dump({**INSTANCE, "event_log_storage": event_log}, sort_keys=True)
    path = home.dagster / "dagster.yaml"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def do_not_wait_for_the_disk() -> None:
    """Let this process write Dagster's history without a flush per event.

    A run writes hundreds of events, each in a SQLite transaction of its own: flushing each takes longer than the run.
    A crash of this process loses nothing; one of the machine may lose the newest history, never a figure.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def without_flush(connection: sqlite3.Connection, record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("pragma synchronous = off")

    if not event.contains(Engine, "connect", without_flush):
        event.listen(Engine, "connect", without_flush)


class Runner:
    """Runs periods of one workspace; the definitions are built once.

    Args:
        workspace: home and estate.
        newest_period: the newest period that is going to be run.
        announce: told each step as it starts and ends.
    """

    def __init__(self, workspace: Workspace, newest_period: str, announce: Callable[[str], None]) -> None:
        import dagster as dg

        from orchestration.defs import JOB_NAME, build_definitions

        os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
        prepare_instance(workspace.home)
        do_not_wait_for_the_disk()
        self._workspace = workspace
        self._announce = announce
        self._job = build_definitions(workspace, newest_period=newest_period).resolve_job_def(JOB_NAME)
        self._instance = dg.DagsterInstance.from_config(str(workspace.home.dagster))

    def run(self, billing_period: str) -> PeriodOutcome:
        """Run one period from landing to publication; whatever happens is the outcome, nothing is raised."""
        from dagster import DagsterEventType
        from dagster._core.utils import make_new_run_id

        before = current_publication(self._workspace.home, billing_period)
        steps.begin_build(self._workspace, billing_period)
        run_id = make_new_run_id()
        self._instance.add_event_listener(run_id, self._listener())
        log = self._workspace.home.reports / billing_period / "run.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as file, redirect_stdout(file):
            result = self._job.execute_in_process(
                instance=self._instance,
                partition_key=billing_period,
                raise_on_error=False,
                run_id=run_id,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
        after = current_publication(self._workspace.home, billing_period)
        gate = steps.kept_gate_result(self._workspace, billing_period)
        if result.success:
            messages = tuple(message for check in gate.warnings for message in check.messages) if gate else ()
            status: Status = "unchanged" if before == after else "published"
            return PeriodOutcome(billing_period, status, after, messages, run_id)
        if gate is not None and gate.blocks:
            messages = tuple(message for check in gate.blocking for message in check.messages)
            return PeriodOutcome(billing_period, "blocked", after, messages, run_id)
        failures = [
            event.step_failure_data.error
            for event in result.all_events
            if event.event_type == DagsterEventType.STEP_FAILURE and event.step_failure_data.error
        ]
        status, messages = classify([error for failure in failures for error in _chain(failure)])
        return PeriodOutcome(billing_period, status, after, messages, run_id)

    def close(self) -> None:
        """Let go of the instance's databases."""
        self._instance.dispose()

    def _listener(self) -> Callable[[dg.EventLogEntry], None]:
        def listen(entry: dg.EventLogEntry) -> None:
            event = entry.dagster_event
            if event is not None and event.is_step_start:
                self._announce(str(event.step_key))

        return listen


def classify(errors: list[tuple[str, str]]) -> tuple[Status, tuple[str, ...]]:
    """Return the status that a run's errors amount to, and what to tell.

    Args:
        errors: class name and message of each error and of what caused it, outermost first.
    """
    blocked = tuple(message for name, message in errors if name == "BuildBlocked")
    if blocked:
        return "blocked", blocked
    refused = tuple(
        message
        for name, message in errors
        if name in ("ConfigurationError", "DeliveryRefused", "PolicyRefused", "PolicyFinding")
    )
    if refused:
        return "refused", refused
    return "failed", tuple(f"{name}: {message}" for name, message in errors[-1:]) or ("the run did not finish",)


def _chain(error: object) -> list[tuple[str, str]]:
    found = []
    while error is not None:
        name, message = str(getattr(error, "cls_name", "")), str(getattr(error, "message", ""))
        found.append((name, message.strip().removeprefix(f"{name}: ").split(f"{name}: ", 1)[-1]))
        error = getattr(error, "cause", None)
    return found

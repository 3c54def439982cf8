"""``tieout run``: land, build, check and publish."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.common import (
    BAD_INPUT,
    BLOCKED,
    PUBLISHED,
    UNEXPECTED,
    EstateOption,
    HomeOption,
    JsonOption,
    check_period,
    exit_codes,
    out,
    progress,
)

if TYPE_CHECKING:
    from orchestration.runs.outcome import PeriodOutcome
    from orchestration.runs.planning import PeriodPlan, Plan
    from orchestration.runs.workspace import Workspace

PeriodOption = Annotated[
    str | None,
    typer.Option(
        "--period",
        help="One billing period, YYYY-MM, with what its drivers look back at. Default: every period with new inputs.",
        metavar="YYYY-MM",
    ),
]


def run(
    estate: EstateOption = None, home: HomeOption = None, period: PeriodOption = None, as_json: JsonOption = False
) -> None:
    """Land, build, check and publish one billing period, or every one whose deliveries, policy or code changed.

    Exit codes: 0 published; 3 built but blocked by the gate; 2 bad configuration or input; 1 anything unexpected.
    """
    with exit_codes():
        from orchestration.runs.planning import land_and_plan
        from orchestration.runs.workspace import Workspace

        if period is not None:
            check_period("--period", period)
        workspace = Workspace.of(estate, home)
        with progress() as announce:
            plan = land_and_plan(workspace, billing_period=period, announce=announce)
            chosen = [plan.period(period)] if period else list(plan.periods)
            outcomes = _run_all(workspace, chosen, announce)
        code = exit_code(plan, outcomes)
        _report(workspace, plan, outcomes, code, as_json)
        raise typer.Exit(code)


def exit_code(plan: Plan, outcomes: list[PeriodOutcome]) -> int:
    """Return the exit code over all periods: the worst one, unexpected before bad input before blocked."""
    statuses = {outcome.status for outcome in outcomes}
    if "failed" in statuses:
        return UNEXPECTED
    if plan.refusals or "refused" in statuses:
        return BAD_INPUT
    if not outcomes:
        return BAD_INPUT
    return BLOCKED if "blocked" in statuses else PUBLISHED


def _run_all(workspace: Workspace, periods: list[PeriodPlan], announce: Callable[[str], None]) -> list[PeriodOutcome]:
    """Run the periods that are stale; the imports that take seconds happen only if there is one."""
    from orchestration.runs.outcome import PeriodOutcome

    outcomes = []
    runnable = [period for period in periods if period.is_stale and not period.refusals]
    runner = None
    if runnable:
        announce("Starting Dagster and dbt")
        from orchestration.runs.execution import Runner

        runner = Runner(workspace, runnable[-1].billing_period, announce)
    try:
        for period in periods:
            if period.refusals:
                messages = tuple(str(refusal) for refusal in period.refusals)
                outcomes.append(PeriodOutcome(period.billing_period, "refused", period.publication, messages))
            elif period.closed is not None:
                outcomes.append(PeriodOutcome(period.billing_period, "closed", period.publication, period.late))
            elif runner is None or not period.is_stale:
                outcomes.append(PeriodOutcome(period.billing_period, "unchanged", period.publication))
            else:
                outcomes.append(runner.run(period.billing_period))
    finally:
        if runner is not None:
            runner.close()
    return outcomes


def _report(workspace: Workspace, plan: Plan, outcomes: list[PeriodOutcome], code: int, as_json: bool) -> None:
    """Print the summary and keep it in the home's reports."""
    from orchestration.runs.report import report_lines, report_of

    report = report_of(workspace, plan, outcomes, code)
    text = "\n".join(report_lines(report))
    folder: Path = workspace.home.reports
    folder.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = report
    (folder / "last_run.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "last_run.txt").write_text(text + "\n", encoding="utf-8")
    if as_json:
        out.print_json(json.dumps(report))
    else:
        out.print(text, markup=False)

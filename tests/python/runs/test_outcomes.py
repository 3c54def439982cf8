"""What a run's errors amount to: the exit code, and what is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestration.cli.run import exit_code
from orchestration.errors import ConfigurationError
from orchestration.estate import Estate, Source
from orchestration.home import Home
from orchestration.runs.execution import classify
from orchestration.runs.outcome import PeriodOutcome
from orchestration.runs.planning import Plan
from orchestration.runs.report import report_lines
from orchestration.runs.steps import BuildBlocked, BuildFailed, raise_for_dbt
from orchestration.runs.workspace import Workspace

REFUSAL = ConfigurationError("a.csv:3", found="x", expected="y", cure="z")


@pytest.mark.parametrize(
    ("statuses", "refusals", "code"),
    [
        (["published"], (), 0),
        (["unchanged"], (), 0),
        (["published", "blocked"], (), 3),
        (["blocked", "refused"], (), 2),
        (["published"], (REFUSAL,), 2),
        (["failed", "refused", "blocked"], (REFUSAL,), 1),
        ([], (), 2),
    ],
)
def test_the_worst_period_decides_the_exit_code(statuses, refusals, code):
    outcomes = [PeriodOutcome("2026-10", status, None) for status in statuses]
    assert exit_code(Plan((), refusals), outcomes) == code


@pytest.mark.parametrize(
    ("errors", "status", "message"),
    [
        (
            [("StepError", "in step x"), ("BuildBlocked", "dbt test a")],
            "blocked",
            "dbt test a",
        ),
        ([("StepError", "in step x"), ("DeliveryRefused", "cut off")], "refused", "cut off"),
        ([("StepError", "in step x"), ("ZeroDivisionError", "by 0")], "failed", "by 0"),
        ([], "failed", "did not finish"),
    ],
)
def test_errors_are_classified_by_what_caused_them(errors, status, message):
    found, messages = classify(errors)
    assert found == status
    assert message in messages[0]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    source = Source(id="a", kind="focus", location=str(tmp_path))
    return Workspace(Home(tmp_path), Estate(path=tmp_path / "e.yml", reporting_currency="USD", sources=(source,)))


def results(workspace: Workspace, *statuses: str) -> None:
    folder = workspace.home.dbt / "target"
    folder.mkdir(parents=True)
    content = [{"unique_id": f"test.tieout.t{n}.1", "status": s, "message": "m"} for n, s in enumerate(statuses)]
    (folder / "run_results.json").write_text(json.dumps({"results": content}))


def test_a_failed_data_test_blocks(workspace):
    results(workspace, "success", "pass", "warn", "fail", "skipped")
    with pytest.raises(BuildBlocked, match="dbt test t3: m"):
        raise_for_dbt(workspace)


def test_an_error_of_a_model_is_a_failure_even_beside_a_failed_test(workspace):
    results(workspace, "fail", "error")
    with pytest.raises(BuildFailed, match=r"test\.tieout\.t1\.1: m"):
        raise_for_dbt(workspace)


def test_dbt_that_left_no_results_is_a_failure(workspace):
    with pytest.raises(BuildFailed, match="before it built anything"):
        raise_for_dbt(workspace)


def test_a_build_that_passed_raises_nothing(workspace):
    results(workspace, "success", "pass", "warn", "no-op")
    raise_for_dbt(workspace)


def test_a_refused_period_without_publication_says_that_there_is_none():
    period = {"billing_period": "2026-10", "status": "refused", "messages": ["cut off"], "published": None}
    lines = list(report_lines({"periods": [period], "refusals": [], "waiting": ["2026-11: no manifest yet"]}))
    assert lines == [
        "2026-10  REFUSED for its input; nothing is published for this period",
        "  cut off",
        "",
        "waiting: 2026-11: no manifest yet",
    ]


def test_what_changed_since_the_month_before_is_told_per_currency():
    effects = dict.fromkeys(("consumption", "prices", "new_and_ended", "changed_hands", "shared", "other"), "0")
    moved = {"effective_cost_before": "1000", "effective_cost": "1090.126", "consumption": "100", "prices": "-9.874"}
    published = {
        "publication": 2,
        "folder": "f",
        "database": "d",
        "gate": "passed",
        "variance": [
            {"currency": "EUR", "period_before": "2026-09", **effects, **moved},
            {
                "currency": "USD",
                "period_before": "2026-09",
                **effects,
                "effective_cost_before": "5",
                "effective_cost": "5",
                "prices": "0.000000000001",
            },
        ],
    } | {name: [] for name in ("spend_by_provider", "allocation_accuracy", "unallocated", "invoices")}
    period = {"billing_period": "2026-10", "status": "published", "messages": [], "published": published}
    lines = list(report_lines({"periods": [period], "refusals": [], "waiting": [], "all_periods_database": "all"}))
    assert lines[1:3] == [
        "  since 2026-09 1,000.00 → 1,090.13 EUR: consumption +100.00, prices -9.87",
        "  since 2026-09 5.00 → 5.00 USD: no change",
    ]

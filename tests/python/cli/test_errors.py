"""What a user can do wrong is told with its place and cure, and ends with exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli import app

runner = CliRunner()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TIEOUT_ESTATE", raising=False)
    monkeypatch.setenv("TIEOUT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "400")


def test_without_an_estate_the_cure_is_named():
    result = runner.invoke(app, ["run"])
    assert result.exit_code == 2
    assert "found no estate file, and none was named" in result.stderr
    assert "tieout sample DIR" in result.stderr


def test_an_estate_in_the_current_folder_is_found(tmp_path: Path):
    (tmp_path / "estate.yml").write_text("sources: []\n")
    result = runner.invoke(app, ["run"])
    assert result.exit_code == 2
    assert "estate.yml" in result.stderr
    assert "reporting_currency" in result.stderr


def test_a_period_must_be_a_month(tmp_path: Path):
    result = runner.invoke(app, ["run", "--period", "2026-13"])
    assert result.exit_code == 2
    assert "--period: found '2026-13'; expected a billing period as YYYY-MM" in result.stderr


def test_a_location_that_is_not_there_is_refused(tmp_path: Path):
    (tmp_path / "estate.yml").write_text(
        "reporting_currency: USD\nsources:\n  - {id: aws, kind: aws_cur2, location: ./nowhere}\n"
    )
    result = runner.invoke(app, ["run"])
    assert result.exit_code == 2
    assert "nowhere" in result.output
    assert "Correct the location" in result.output


def test_an_unknown_period_names_the_known_ones(tmp_path: Path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "estate.yml").write_text(
        "reporting_currency: USD\nsources:\n  - {id: aws, kind: focus, location: ./exports}\n"
    )
    result = runner.invoke(app, ["run", "--period", "2026-10"])
    assert result.exit_code == 2
    assert "--period 2026-10: found no delivery for that billing period" in result.stderr


def test_policy_findings_are_all_told(tmp_path: Path):
    policy = tmp_path / "policy"
    policy.mkdir()
    (policy / "pools.csv").write_text("pool_id,colour\nnat,blue\n")
    (policy / "fx_rates.csv").write_text("billing_period,from_currency,to_currency,rate\n2026-10,EUR,USD,minus\n")
    (tmp_path / "exports").mkdir()
    (tmp_path / "estate.yml").write_text(
        "reporting_currency: USD\nsources:\n  - {id: aws, kind: focus, location: ./exports}\npolicy: ./policy\n"
    )
    result = runner.invoke(app, ["run"])
    assert result.exit_code == 2
    assert "pools.csv" in result.stderr
    assert "fx_rates.csv" in result.stderr


@pytest.mark.parametrize("command", ["sample", "run", "status", "dev"])
def test_every_command_has_help(command: str):
    result = runner.invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) > 5


def test_something_unexpected_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from orchestration.runs.workspace import Workspace

    def broken(*arguments: object) -> None:
        raise RuntimeError("the roof is on fire")

    monkeypatch.setattr(Workspace, "of", broken)
    result = runner.invoke(app, ["status"])
    assert result.exit_code == 1
    assert "Unexpected RuntimeError: the roof is on fire" in result.stderr

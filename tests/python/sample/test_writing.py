from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from orchestration.errors import ConfigurationError
from orchestration.sample import write_sample
from tests.python.sample.conftest import ROWS, Estate

SMALL = 5_000


def fingerprint(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_writes_the_same_bytes(estate: Estate, tmp_path: Path) -> None:
    write_sample(tmp_path, rows=ROWS)
    assert fingerprint(tmp_path) == fingerprint(estate.root)


def test_another_seed_writes_another_estate(tmp_path: Path) -> None:
    write_sample(tmp_path / "a", rows=SMALL, months=1, seed=1)
    write_sample(tmp_path / "b", rows=SMALL, months=1, seed=2)
    first, second = fingerprint(tmp_path / "a"), fingerprint(tmp_path / "b")
    # what people decide and sign is the same whatever chance brings
    assert {path for path in first if first[path] == second.get(path)} == {
        "estate.yml",
        "exports/oci/reports/usage-csv/0001000000000101-00001.csv.gz",
        "exports/on-premises/ledger-20261105.csv",
        "exports/saas/contracts-20261001.csv",
        "invoices/on-premises.csv",
        "invoices/saas.csv",
        *(
            f"policy/{name}.csv"
            for name in ("cost_domains", "drivers", "fx_rates", "pools", "pool_targets", "pool_fallbacks",
                         "pool_resolution", "tag_keys", "tag_policy", "tag_values", "thresholds", "change_control",
                         "change_approvals", "kubernetes_clusters", "kubernetes_namespaces", "ai_models",
                         "ai_token_prices", "ai_capacity", "ai_budgets", "ai_limits",
                         "gpu_idle")
        ),
    }  # fmt: skip


def test_rows_come_out_about_as_asked(estate: Estate, tmp_path: Path) -> None:
    large = write_sample(tmp_path, rows=60_000)
    for written, rows, within in ((estate, ROWS, 0.2), (Estate(tmp_path, large), 60_000, 0.15)):
        # clusters and models come on top
        clouds = sum(
            row["source_id"].endswith("-main") and not row["kind"].startswith(("kubernetes_", "ai_"))
            for row in written.charges
        )
        assert abs(clouds - rows) < within * rows
        assert min(written.summary.rows_by_source.values()) > 5
    small = {source for source in large.rows_by_source if not source.endswith("-main")}
    assert {source: large.rows_by_source[source] for source in small} == {
        source: estate.summary.rows_by_source[source] for source in small
    }


def test_a_second_run_replaces_the_first(tmp_path: Path) -> None:
    write_sample(tmp_path, rows=SMALL, months=2)
    write_sample(tmp_path, rows=SMALL, months=1)
    assert {path.name for path in (tmp_path / "exports/aws/cur2/halden-cur2/data").iterdir()} == {
        "BILLING_PERIOD=2026-10"
    }


def test_default_periods_do_not_move_with_the_calendar(estate: Estate) -> None:
    assert estate.summary.periods == ("2026-08", "2026-09", "2026-10")


def test_a_month_that_is_not_over_stays_open(tmp_path: Path) -> None:
    estate = Estate(tmp_path, write_sample(tmp_path, rows=8_000, end=date(2026, 11, 12)))
    assert estate.summary.periods[-1] == "2026-11"
    statuses: dict[str, set[str]] = {"saas": set(), "others": set()}
    for path in (tmp_path / "invoices").glob("*.csv"):
        of_month = [row["status"] for row in estate.invoices(path.stem) if row["billing_period"] == "2026-11"]
        statuses["saas" if path.stem == "saas" else "others"].update(of_month)
    # an instalment of a contract is invoiced when it begins
    assert statuses == {"saas": {"issued"}, "others": {"open"}}
    open_rows = [row for _, _, row in estate.in_force("aws-main") if row["bill_billing_period_start_date"] >= "2026-11"]
    assert {row["bill_invoice_id"] for row in open_rows} == {""}
    last = max(row["line_item_usage_start_date"] for row in open_rows if row["line_item_line_item_type"] == "Usage")
    assert last.startswith("2026-11-12")


def test_progress_is_told_from_start_to_end(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    write_sample(tmp_path, rows=SMALL, months=1, progress=lambda text, share: told.append((text, share)))
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert told[-1] == ("done", 1.0)


@pytest.mark.parametrize(("months", "rows"), [(0, SMALL), (25, SMALL), (3, 10)])
def test_arguments_out_of_range_are_refused_with_a_cure(tmp_path: Path, months: int, rows: int) -> None:
    with pytest.raises(ConfigurationError, match=r"--(months|rows)") as refusal:
        write_sample(tmp_path, months=months, rows=rows)
    assert refusal.value.cure


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match=r"thesis\.txt"):
        write_sample(tmp_path, rows=SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]

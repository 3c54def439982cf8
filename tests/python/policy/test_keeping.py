"""Published policies are kept as they were, and read as evidence whatever today's code asks of a policy."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.policy import keep_policy, load_policy, read_kept_policy

RULES = (
    "rule_id,rule_version,precedence,kind,sub_account_id,domain_id,rationale,owner,approved_by,valid_from,valid_to\n"
    "vault,1,10,ring_fence,1,shop,Lives alone,ann,bob,2024-01-01,9999-12-31\n"
)
DOMAINS = (
    "domain_id,business_unit,cost_centre,product,environment,owner,approver,chargeback_mode,valid_from,valid_to\n"
    "shop,Retail,CC-1,shop,prod,ann,bob,showback,2024-01-01,9999-12-31\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "ownership_rules.csv").write_text(RULES, encoding="utf-8")
    (folder / "cost_domains.csv").write_text(DOMAINS, encoding="utf-8")
    return folder


def test_files_are_kept_once_as_they_were_and_read_only(folder: Path, tmp_path: Path):
    home, policy = Home(tmp_path / "home"), load_policy(folder)
    kept = keep_policy(home, policy)
    assert kept == keep_policy(home, policy) == home.policies / policy.revision
    assert (kept / "ownership_rules.csv").read_text(encoding="utf-8") == RULES
    assert (kept / "thresholds.csv").is_file(), "the thresholds that applied are the project's own"
    assert load_policy(kept).revision == policy.revision
    assert all(not path.stat().st_mode & stat.S_IWUSR for path in kept.iterdir())
    assert [path.name for path in home.policies.iterdir()] == [policy.revision]


def test_files_that_change_during_a_run_are_not_kept(folder: Path, tmp_path: Path):
    home, policy = Home(tmp_path / "home"), load_policy(folder)
    (folder / "ownership_rules.csv").write_text(RULES.replace("Lives alone", "Moved"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="changed during the run"):
        keep_policy(home, policy)
    assert list(home.policies.iterdir()) == []


def test_what_todays_code_does_not_know_is_passed_over(folder: Path, tmp_path: Path):
    home = Home(tmp_path / "home")
    kept = keep_policy(home, load_policy(folder))
    header, row, _ = RULES.split("\n")
    rules = kept / "ownership_rules.csv"
    rules.chmod(0o644)
    rules.write_text(f"{header},colour\n{row},red\n{row.replace('vault', 'odd').replace('ring_fence', 'gone')},blue\n")
    (kept / "colours.csv").write_text("colour\nred\n")
    (rule,) = read_kept_policy(home, kept.name).ownership_rules
    assert (rule.rule_id, rule.rationale, rule.line) == ("vault", "Lives alone", 2)


def test_a_policy_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="no policy files"):
        read_kept_policy(Home(tmp_path), "0" * 64)

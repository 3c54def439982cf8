from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from orchestration.errors import ConfigurationError, PolicyRefused
from orchestration.policy import checks, load_policy
from orchestration.policy.model import PROJECT_SEEDS
from orchestration.policy.tables import TABLES
from tests.python.policy.conftest import ALWAYS, DOMAINS, POOLS, RULE_COLUMNS, TAG_KEYS, Findings, Write


def test_all_findings_are_listed_in_one_pass_in_file_and_line_order(write: Write, findings: Findings) -> None:
    folder = write(
        cost_domains=DOMAINS + f"lab,Lab,CC-3,lab,prod,eve,showbak,{ALWAYS}\n",
        ownership_rules=RULE_COLUMNS
        + "a,1,10,override,1,,,,lab,,why,me,cfo,2026-01-01,9999-12-31\n"
        + "b,1,20,overide,1,,,,shop,,why,me,,2026-01-01,someday\n"
        + '"c",1,30,override,1,,,,nobody,,"two\nlines",me,cfo,2026-01-01,9999-12-31\n'
        + "d,1,40,override,1,,,,,,why,me,cfo,2026-01-01,9999-12-31\n",
        tag_values="",
    )
    (folder / "ownership_rule.csv").write_text("")
    listed = [(Path(finding.file).name, finding.line, finding.column) for finding in findings(folder)]
    assert listed == [
        ("cost_domains.csv", 4, "chargeback_mode"),
        ("ownership_rule.csv", 0, ""),
        ("ownership_rules.csv", 3, "approved_by"),
        ("ownership_rules.csv", 3, "kind"),
        ("ownership_rules.csv", 3, "valid_to"),
        ("ownership_rules.csv", 4, "domain_id"),
        ("ownership_rules.csv", 6, "domain_id"),
        ("tag_values.csv", 1, ""),
    ]


def test_a_row_that_names_a_damaged_row_is_not_reported_a_second_time(write: Write, findings: Findings) -> None:
    folder = write(
        cost_domains=DOMAINS.replace("shop,prod", ",prod"),
        ownership_rules=RULE_COLUMNS + "a,1,10,override,1,,,,shop,,why,me,cfo,2026-01-01,9999-12-31\n",
    )
    assert [(finding.line, finding.column) for finding in findings(folder)] == [(2, "product")]


def test_the_message_says_how_many_findings_there_are(write: Write) -> None:
    folder = write(tag_keys=TAG_KEYS.replace("2026-01-01", "1.1.2026"))
    with pytest.raises(PolicyRefused, match=r"line 2, column valid_from: found '1\.1\.2026' \(and 1 more findings\)"):
        load_policy(folder)


def test_an_unknown_file_names_the_known_one_it_resembles(write: Write, findings: Findings) -> None:
    folder = write()
    (folder / "cost_domain.csv").write_text(DOMAINS)
    (finding,) = findings(folder)
    assert finding.cure == "Did you mean 'cost_domains.csv'?"


def test_descriptions_may_lie_beside_the_tables(write: Write) -> None:
    folder = write()
    (folder / "README.md").write_text("Who owns what.")
    (folder / ".DS_Store").write_bytes(b"\0")
    assert len(load_policy(folder).cost_domains) == 2


def test_bytes_that_are_not_utf_8_are_refused_with_their_line(write: Write, findings: Findings) -> None:
    folder = write()
    (folder / "cost_domains.csv").write_bytes(DOMAINS.replace("bob", "Zoë").encode("latin-1"))
    (finding,) = findings(folder)
    assert (finding.line, finding.found) == (3, "the byte 0xeb, which is not UTF-8")


def test_a_file_saved_by_a_spreadsheet_is_read(write: Write) -> None:
    folder = write()
    (folder / "cost_domains.csv").write_bytes(b"\xef\xbb\xbf" + DOMAINS.replace("\n", "\r\n").encode())
    assert [row.domain_id for row in load_policy(folder).cost_domains] == ["shop", "bank"]


def test_an_empty_folder_is_a_valid_policy_with_the_projects_thresholds(tmp_path: Path) -> None:
    policy = load_policy(tmp_path)
    assert {table for table, rows in policy.rows.items() if rows} == {"thresholds", "change_control"}


def test_the_projects_own_policy_is_valid() -> None:
    policy = load_policy()
    assert not policy.ownership_rules
    assert {row.tag_key for row in policy.tag_keys} == {"cost_centre", "product", "environment", "owner"}


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere: found no such folder"):
        load_policy(tmp_path / "nowhere")


def test_cells_that_look_like_formulas_are_data(write: Write) -> None:
    folder = write(cost_domains=DOMAINS.replace("bob", '"=HYPERLINK(""x"")"').replace("ann", "+1-2"))
    assert [row.owner for row in load_policy(folder).cost_domains] == ["+1-2", '=HYPERLINK("x")']


def test_the_revision_changes_with_what_the_files_say_and_not_with_how(write: Write, tmp_path: Path) -> None:
    folder = write()
    revision = load_policy(folder).revision
    header, first, second = DOMAINS.splitlines()
    (folder / "cost_domains.csv").write_text(f'{header}\n\n{second}\n"shop"{first.removeprefix("shop")} \n')
    assert load_policy(folder).revision == revision
    (folder / "cost_domains.csv").write_text(DOMAINS.replace("ann", "Ann"))
    assert load_policy(folder).revision != revision
    assert re.fullmatch(r"[0-9a-f]{64}", revision)


def test_rules_that_exclude_each_other_may_share_a_precedence(write: Write) -> None:
    folder = write(
        ownership_rules=RULE_COLUMNS
        + "a,1,10,override,1111,,,,shop,,why,me,cfo,2026-01-01,9999-12-31\n"
        + "b,1,10,override,2222,,,,bank,,why,me,cfo,2026-01-01,9999-12-31\n"
        + "c,1,20,tag,,,product,x,shop,,why,me,cfo,2026-01-01,9999-12-31\n"
        + "d,1,20,tag,,,product,y,bank,,why,me,cfo,2026-01-01,9999-12-31\n"
        + "e,1,30,override,,,,,shop,,why,me,cfo,2026-01-01,2026-09-17\n"
        + "f,1,30,override,,,,,bank,,why,me,cfo,2026-09-17,9999-12-31\n"
    )
    assert len(load_policy(folder).ownership_rules) == 6


def test_columns_are_those_of_the_seeds_and_their_description() -> None:
    described = yaml.safe_load((PROJECT_SEEDS / "policy" / "_policy__seeds.yml").read_text())["seeds"]
    assert {seed["name"]: [column["name"] for column in seed["columns"]] for seed in described} == {
        table: row_class.columns() for table, row_class in TABLES.items()
    }
    for table, row_class in TABLES.items():
        header = (PROJECT_SEEDS / "policy" / f"{table}.csv").read_text().splitlines()[0]
        assert header.split(",") == row_class.columns()


def test_every_module_of_the_checks_folder_is_a_check() -> None:
    folder = Path(checks.__file__).parent
    assert set(checks.CHECKS) == {path.stem for path in folder.glob("*.py")} - {"__init__"}


@pytest.mark.parametrize(
    ("pool", "fallback", "months"),
    [
        ("proportional,spend,billing_month", "proportional,spend,", 0),
        ("proportional,spend,previous_month", "equal_share,,", 1),
        ("proportional,spend,charge_day", "proportional,spend,trailing_29_days", 2),
        ("equal_share,,previous_month", "equal_share,,", 0),
        ("equal_share,,previous_month", "proportional,spend,", 1),
        ("equal_share,,previous_month", "proportional,spend,billing_month", 0),
    ],
)
def test_a_period_looks_back_as_far_as_the_windows_that_its_drivers_are_measured_over(
    write: Write, pool: str, fallback: str, months: int
) -> None:
    folder = write(
        pools=POOLS.replace("proportional,spend,billing_month", pool),
        pool_fallbacks=f"pool_id,attempt,method,driver_id,driver_window,rationale,approved_by,valid_from,valid_to\n"
        f"NAT,1,{fallback},shared,cfo,{ALWAYS}\n",
    )
    assert load_policy(folder).months_back == months

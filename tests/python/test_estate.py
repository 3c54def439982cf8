from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.errors import ConfigurationError
from orchestration.estate import load_estate

GOOD = """\
reporting_currency: USD
sources:
  - id: aws-main
    kind: aws_cur2
    location: ./exports/aws
  - id: any-focus
    kind: focus
    location: s3://bucket/focus
invoices:
  location: ../invoices
policy: ./policy
"""


def refused(tmp_path: Path, text: str) -> str:
    file = tmp_path / "estate.yml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        load_estate(file)
    assert error.value.cure
    return str(error.value).replace(f"{file}:", "estate.yml:")


def test_locations_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    file = tmp_path / "here" / "estate.yml"
    file.write_text(GOOD)

    estate = load_estate(file)

    assert [source.location for source in estate.sources] == [f"{tmp_path}/here/exports/aws", "s3://bucket/focus"]
    assert estate.invoices is not None
    assert estate.invoices.location == f"{tmp_path}/invoices"
    assert estate.policy == tmp_path / "here" / "policy"
    assert estate.source("any-focus").kind == "focus"


def test_a_source_may_be_wanted_for_some_months_only(tmp_path: Path) -> None:
    file = tmp_path / "estate.yml"
    file.write_text(GOOD.replace("aws_cur2\n", "aws_cur2\n    first_period: 2026-05\n    last_period: 2026-06\n"))

    bounded, unbounded = load_estate(file).sources

    assert [period for period in ("2026-04", "2026-05", "2026-06", "2026-07") if bounded.covers(period)] == [
        "2026-05",
        "2026-06",
    ]
    assert unbounded.covers("1999-01")


def test_policy_and_invoices_may_be_absent(tmp_path: Path) -> None:
    file = tmp_path / "estate.yml"
    file.write_text(GOOD.split("invoices:")[0])

    estate = load_estate(file)

    assert (estate.invoices, estate.policy) == (None, None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "kind: focus",
            "kind: focus\n    first_period: May 2026",
            "estate.yml:8: sources[1].first_period: found 'May 2026'",
        ),
        (
            "kind: focus",
            "kind: focus\n    first_period: 2026-05\n    last_period: 2026-04",
            "estate.yml:9: sources[1].last_period: found '2026-04'",
        ),
        ("kind: focus", "kind: focsu", "estate.yml:7: sources[1].kind: found the unknown kind focsu"),
        ("kind: focus", "kind: focsu", "Did you mean focus?"),
        ("kind: focus", "kind: focsu", "aws_cur2, aws_cur_legacy, aws_focus"),
        ("id: any-focus", "id: aws-main", "estate.yml:6: sources[1].id: found the id aws-main, already used at line 3"),
        ("id: any-focus", "id: Any_Focus", "estate.yml:6: sources[1].id: found the id 'Any_Focus'"),
        ("policy: ./policy", "polices: ./policy", "estate.yml:11: polices: found the unknown key polices"),
        ("policy: ./policy", "polices: ./policy", "Did you mean policy?"),
        ("    location: ./exports/aws\n", "", "estate.yml:3: sources[0].location: found no key location"),
        (
            "location: ./exports/aws",
            "locatoin: ./exports/aws",
            "estate.yml:3: sources[0].location: found no key location (and 1",
        ),
        ("reporting_currency: USD\n", "", "reporting_currency: found no key"),
        ("reporting_currency: USD", "reporting_currency: usd", "estate.yml:1: reporting_currency: found 'usd'"),
        (
            "s3://bucket/focus",
            "ftp://host/focus",
            "estate.yml:8: sources[1].location: found the address ftp://host/focus",
        ),
        ("policy: ./policy", "policy: ./policy\npolicy: ./other", "estate.yml:12: policy: found the key a second time"),
        ("  - id: any-focus", "  - id: [", "estate.yml:"),
        ("location: ../invoices", "place: ../invoices", "estate.yml:9: invoices.location"),
    ],
)
def test_a_mistake_is_named_with_line_key_and_cure(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in refused(tmp_path, GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    "text", ["", "- a\n- b\n", "reporting_currency: USD\nsources: []\n", "sources: 5\nreporting_currency: USD\n"]
)
def test_a_file_that_is_no_estate_is_refused(tmp_path: Path, text: str) -> None:
    assert "estate.yml:" in refused(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.yml: found no file"):
        load_estate(tmp_path / "nowhere.yml")

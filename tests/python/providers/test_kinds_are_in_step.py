"""Adding a provider is a module, a staging folder, a mapping, a docs page and a fixture: none may be forgotten."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from orchestration.landing.declared import DeclaredTable, declared_tables
from orchestration.landing.kinds import KINDS
from orchestration.landing.readers import NULL_WORDS
from tests.python.providers.conftest import FIXTURES, PROJECT, USAGE_FIXTURES, kinds_with_fixtures

KINDS_DIR = PROJECT / "orchestration" / "landing" / "kinds"
MONEY = sorted(kind for kind in KINDS if declared_tables()[kind].money)


def staging_folder(kind: str) -> Path:
    """The folder whose sources YAML declares the kind."""
    for file in (PROJECT / "models" / "staging").glob("*/_*__sources.yml"):
        if re.search(rf"^      - name: {kind}$", file.read_text(), re.MULTILINE):
            return file.parent
    raise AssertionError(f"no models/staging/*/_*__sources.yml declares {kind}")


def words(path: str) -> set[str]:
    return set(re.findall(r"\w+", (PROJECT / path).read_text()))


def table(kind: str) -> DeclaredTable:
    return declared_tables()[kind]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_is_a_module_of_its_name_with_declared_columns_and_a_line_in_the_docs(kind: str) -> None:
    assert (KINDS_DIR / f"{kind}.py").is_file()
    assert table(kind).landed
    assert list(staging_folder(kind).glob("stg_*.sql"))
    assert kind in words("docs/landing.md")


def test_every_module_that_defines_a_kind_is_listed() -> None:
    defining = {file.stem for file in KINDS_DIR.glob("*.py") if re.search(r"^KIND = ", file.read_text(), re.MULTILINE)}

    assert defining == set(KINDS)
    assert set(declared_tables()) >= set(KINDS)


@pytest.mark.parametrize("kind", MONEY)
def test_a_kind_with_money_is_charged_and_says_how_it_is_mapped(kind: str) -> None:
    models = PROJECT / "models" / "focus" / "charges"
    pages = PROJECT / "docs" / "focus_mapping"

    assert kind in words("models/focus/int_charge_partitions.sql")
    assert any(f"'{kind}'" in file.read_text() for file in models.glob("charges__*.sql"))
    assert any(re.search(rf"\b{kind}\b", file.read_text()) for file in pages.glob("*.md"))


def test_every_writer_of_charges_is_in_the_fact() -> None:
    writers = {file.stem for file in (PROJECT / "models" / "focus" / "charges").glob("charges__*.sql")}

    assert writers <= words("models/marts/finance/focus_cost_and_usage.sql")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_has_files_that_tests_land(kind: str) -> None:
    """A fixture, the sample estate, or deliveries that the landing tests make."""
    makers = [PROJECT / "orchestration" / "sample" / "write.py", *(PROJECT / "tests/python/landing").glob("*.py")]

    assert kind in (*kinds_with_fixtures(), *USAGE_FIXTURES) or any(kind in file.read_text() for file in makers)


def test_landing_knows_the_words_for_nothing_that_the_models_read() -> None:
    macro = (PROJECT / "macros" / "focus" / "null_words.sql").read_text(encoding="utf-8")
    null_words = macro.split("{% macro ")[1]

    assert set(re.findall(r"= '([^']*)'", null_words)) == set(NULL_WORDS)


@pytest.mark.parametrize(
    "kind", [kind for kind in kinds_with_fixtures() if table(kind).null_words and not table(kind).is_focus]
)
def test_where_a_word_may_stand_for_no_number_a_fixture_has_one(kind: str) -> None:
    """The fixtures are built: models that do not read the word as nothing stop there."""
    numbers = {column.name for column in table(kind).landed if column.number}
    files = (FIXTURES / kind / "data").rglob("*.csv")
    texts = (file.read_text(encoding="utf-8-sig").splitlines() for file in files)
    rows = [row for lines in texts for row in csv.DictReader(lines)]

    assert any(row[name] in NULL_WORDS[1:] for row in rows for name in numbers & set(row))


def test_every_fixture_is_of_a_kind_and_says_what_to_expect() -> None:
    folders = {folder.name for folder in FIXTURES.iterdir() if (folder / "data").is_dir()}

    assert folders == set(kinds_with_fixtures())
    assert folders <= set(KINDS)


def test_bills_without_tags_are_those_that_the_validator_is_told_of() -> None:
    macro = (PROJECT / "macros" / "marts" / "kinds_without_tags.sql").read_text(encoding="utf-8")
    with (PROJECT / "tests" / "conformance" / "applicability.csv").open(encoding="utf-8", newline="") as file:
        told = {
            kind
            for row in csv.DictReader(file)
            if row["criterion"] == "TAGGING_SUPPORTED"
            for kind in row["kinds"].split()
        }

    assert set(re.findall(r"'([a-z0-9_]+)'", macro)) == told

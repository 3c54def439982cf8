"""A method is a macro file; whatever else names methods names the same ones."""

from __future__ import annotations

import csv
import inspect
import re
from pathlib import Path

from pydantic import BeforeValidator

from orchestration.policy import tables

PROJECT = Path(__file__).parents[3]


def macro_files() -> list[str]:
    return sorted(path.stem for path in (PROJECT / "macros" / "allocation" / "methods").glob("*.sql"))


def test_each_file_holds_the_macro_of_its_name() -> None:
    for method in macro_files():
        text = (PROJECT / "macros" / "allocation" / "methods" / f"{method}.sql").read_text()
        assert re.findall(r"{% macro (\w+)\(candidates, drivers\)", text) == [f"allocation_method__{method}"]
        assert all(word in text for word in (f"{method}:", "Use when:", "Misleads when:", "returns:"))


def test_the_engine_calls_each_method() -> None:
    text = (PROJECT / "models" / "allocation" / "allocation_weights.sql").read_text()
    (listed,) = re.findall(r"{% set methods = \[(.*?)\]", text, re.DOTALL)
    assert re.findall(r"'(\w+)'", listed) == macro_files()


def test_the_reference_describes_each_method() -> None:
    with (PROJECT / "seeds" / "reference" / "allocation_methods.csv").open(newline="") as file:
        assert sorted(row["method"] for row in csv.DictReader(file)) == macro_files()


def test_policy_accepts_each_method_and_no_other() -> None:
    (validator,) = (rule for rule in tables.Pool.model_fields["method"].metadata if isinstance(rule, BeforeValidator))
    assert sorted(inspect.getclosurevars(validator.func).nonlocals["words"]) == macro_files()

"""The column table, the contract of the mart and the lists in macros say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.exporting import focus_columns

PROJECT = Path(__file__).parent.parent.parent.parent
_CONTRACT_TYPES = {"text": "varchar", "json": "varchar", "decimal": "decimal(38,12)", "date_time": "timestamp"}


def contract() -> list[dict[str, Any]]:
    path = PROJECT / "models/marts/finance/_focus_cost_and_usage__models.yml"
    (model,) = (
        model for model in yaml.safe_load(path.read_text())["models"] if model["name"] == "focus_cost_and_usage"
    )
    columns: list[dict[str, Any]] = model["columns"]
    return columns


def listed_in_macro(name: str) -> list[str]:
    text = (PROJECT / f"macros/focus/{name}.sql").read_text()
    return re.findall(r"'(\w+)'", text[text.index("return(") :])


@pytest.mark.parametrize(
    ("version", "dataset", "count"),
    [
        ("1.2", "CostAndUsage", 57),
        ("1.3", "CostAndUsage", 65),
        ("1.3", "ContractCommitment", 13),
        ("1.4", "CostAndUsage", 65),
        ("1.4", "ContractCommitment", 30),
        ("1.4", "InvoiceDetail", 22),
        ("1.4", "BillingPeriod", 6),
        ("1.2", "BillingPeriod", 0),
    ],
)
def test_every_column_of_a_version_is_listed_once(version: str, dataset: str, count: int) -> None:
    names = [column.name for column in focus_columns(version, dataset)]
    assert len(names) == len(set(names)) == count


def test_every_column_is_present_with_its_type_in_focus_order_and_ours_follow() -> None:
    declared = {column["name"]: column["data_type"] for column in contract()}
    focus = {column.name: _CONTRACT_TYPES[column.data_type] for column in focus_columns("1.4", "CostAndUsage")}
    names = list(declared)
    assert dict(list(declared.items())[: len(focus)]) == focus
    assert names[: len(focus)] == list(focus)
    assert names[len(focus) :] == sorted(names[len(focus) :])
    assert all(re.fullmatch(r"x_[a-z_]+", name) for name in names[len(focus) :])


def test_the_contract_is_enforced() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    assert project["models"]["tieout"]["marts"]["+contract"] == {"enforced": True}


def test_macro_lists_what_is_never_null() -> None:
    expected = [column.name for column in focus_columns("1.4", "CostAndUsage") if not column.is_nullable]
    assert listed_in_macro("focus_never_null") == expected


def test_macro_lists_every_column() -> None:
    listed = [name for name in listed_in_macro("focus_columns") if not name.startswith("x_")]
    assert listed == [column.name for column in focus_columns("1.4", "CostAndUsage")]


def test_rules_look_at_every_column_with_a_list_of_values() -> None:
    formats = {"allowed_values", "currency", "service_category", "service_subcategory"}
    expected = [column.name for column in focus_columns("1.4", "CostAndUsage") if column.value_format in formats]
    text = (PROJECT / "macros/focus/focus_rules.sql").read_text()
    enumerations = text[text.index("macro focus_enumerations") :]
    assert re.findall(r"'column': '(\w+)'", enumerations) == expected

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


MODELS = {
    "CostAndUsage": ("_focus_cost_and_usage__models.yml", "focus_cost_and_usage"),
    "ContractCommitment": ("_focus_datasets__models.yml", "focus_contract_commitment"),
    "InvoiceDetail": ("_focus_datasets__models.yml", "focus_invoice_detail"),
    "BillingPeriod": ("_focus_datasets__models.yml", "focus_billing_period"),
}


def contract(dataset: str) -> list[dict[str, Any]]:
    file, name = MODELS[dataset]
    models = yaml.safe_load((PROJECT / "models/marts/finance" / file).read_text())["models"]
    (model,) = (model for model in models if model["name"] == name)
    columns: list[dict[str, Any]] = model["columns"]
    return columns


def listed_in_macro(name: str) -> list[str]:
    text = (PROJECT / f"macros/focus/{name}.sql").read_text()
    return re.findall(r"'(\w+)'", text[text.index("return(") :])


def listed_per_dataset(text: str) -> dict[str, list[str]]:
    """What a macro lists under each dataset's name: the text in brackets or braces that follows it."""
    return {
        dataset: re.findall(r"'(\w+)'", listed)
        for dataset, listed in re.findall(r"'(\w+)': [\[{](.*?)[\]}]", text, re.S)
    }


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


@pytest.mark.parametrize("dataset", MODELS)
def test_every_column_is_present_with_its_type_in_focus_order_and_ours_follow(dataset: str) -> None:
    declared = {column["name"]: column["data_type"] for column in contract(dataset)}
    focus = {column.name: _CONTRACT_TYPES[column.data_type] for column in focus_columns("1.4", dataset)}
    names = list(declared)
    assert dict(list(declared.items())[: len(focus)]) == focus
    assert names[: len(focus)] == list(focus)
    assert names[len(focus) :] == sorted(names[len(focus) :])
    assert all(re.fullmatch(r"x_[a-z_]+", name) for name in names[len(focus) :])


def test_the_contract_is_enforced() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    assert project["models"]["tieout"]["marts"]["+contract"] == {"enforced": True}


def test_macro_lists_what_is_never_null() -> None:
    text = (PROJECT / "macros/focus/focus_never_null.sql").read_text()
    expected = {
        dataset: [column.name for column in focus_columns("1.4", dataset) if not column.is_nullable]
        for dataset in MODELS
    }
    assert listed_per_dataset(text[text.index("return(") :]) == expected


def test_macro_lists_every_column() -> None:
    listed = [name for name in listed_in_macro("focus_columns") if not name.startswith("x_")]
    assert listed == [column.name for column in focus_columns("1.4", "CostAndUsage")]


def test_rules_look_at_every_column_with_a_list_of_values() -> None:
    formats = {"allowed_values", "currency", "service_category", "service_subcategory"}
    expected = {
        dataset: [column.name for column in focus_columns("1.4", dataset) if column.value_format in formats]
        for dataset in MODELS
    }
    text = (PROJECT / "macros/focus/focus_rules.sql").read_text()
    enumerations = text[text.index("set columns = {", text.index("macro focus_enumerations")) + 15 :]
    assert listed_per_dataset(enumerations) == expected


def test_rules_look_at_every_column_of_units_and_of_key_values() -> None:
    rules = (PROJECT / "macros/focus/focus_rules.sql").read_text()
    for macro, value_format in (("focus_units", "unit"), ("focus_key_values", "key_value")):
        (text,) = re.findall(rf"macro {macro}\(\) -%\}}\s+\{{\{{ return\(\[(.*?)\]", rules)
        expected = [
            column.name for column in focus_columns("1.4", "CostAndUsage") if column.value_format == value_format
        ]
        assert re.findall(r"'(\w+)'", text) == expected

"""What vendors and registers meter, read by nothing but csv, json and Decimal, against bills and truth."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from tests.python.sample.conftest import Estate, results


def bills_of(estate: Estate, source_id: str, project: str, name: str) -> dict[tuple[str, str], Decimal]:
    """What a project or workspace was billed, by day and line."""
    counted = {(row["source_file"], row["source_row"]) for row in estate.charges if row["source_id"] == source_id}
    return {
        (row["day"], row[name]): Decimal(row["quantity"] if source_id == "openai" else row["amount"])
        for path, number, row in estate.in_force(source_id)
        if (path, number) in counted and project in (row.get("project_id"), row.get("workspace_id"))
    }


def test_what_keys_used_at_openai_is_what_their_project_was_billed(estate: Estate) -> None:
    used: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    projects, keys = set(), set()
    for path in sorted((estate.root / "feeds" / "openai_usage").iterdir()):
        for row in results(json.loads(path.read_text())):
            projects.add(row["project_id"])
            keys.add(row["api_key_id"])
            assert 0 < row["input_cached_tokens"] < row["input_tokens"]
            for kind in ("input", "output"):
                used[row["day"], f"{row['model']}, {kind}"] += row[f"{kind}_tokens"]
    (project,) = projects
    assert used == bills_of(estate, "openai", project, "line_item")
    assert len(keys) == 4
    assert keys < {row["account_id"] for row in estate.policy("accounts") if row["domain_id"]}


def test_what_keys_used_at_anthropic_costs_what_their_workspace_was_billed(estate: Estate) -> None:
    cents = {
        "uncached_input_tokens": Decimal("0.0001"), "cache_read_input_tokens": Decimal("0.00001"),
        "output_tokens": Decimal("0.0005"),
    }  # fmt: skip
    used: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    workspaces, keys = set(), set()
    for path in sorted((estate.root / "feeds" / "anthropic_usage").iterdir()):
        for row in results(json.loads(path.read_text())):
            workspaces.add(row["workspace_id"])
            keys.add(row["api_key_id"])
            for kind, price in cents.items():
                used[row["day"], kind] += row[kind] * price
    (workspace,) = workspaces
    assert used == bills_of(estate, "anthropic", workspace, "token_type")
    assert keys < {row["account_id"] for row in estate.policy("accounts") if row["domain_id"]}


def test_every_day_of_the_contract_has_its_holders(estate: Estate) -> None:
    units = {row["account_id"]: row["domain_id"] for row in estate.policy("accounts")}
    seats: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for path in sorted((estate.root / "feeds" / "saas_seats").iterdir()):
        for row in read(path):
            assert row["contract_id"] == "M365-2026"
            assert (row["account_id"] == "") != (row["domain_id"] == "")
            seats[row["date"]][row["domain_id"] or units[row["account_id"]]] = Decimal(row["seats"])
    shares: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for row in estate.shares:
        if row["pool_id"] == "office-seats":
            shares[row["window_start"].isoformat()][row["domain_id"]] = Decimal(row["numerator"])
    assert seats == shares
    assert {len(of_day) for of_day in seats.values()} == {25}


def test_what_vendors_and_registers_meter_is_in_no_other_feed(estate: Estate) -> None:
    drivers = {row["driver"] for path in (estate.root / "feeds" / "driver_usage").iterdir() for row in read(path)}
    assert drivers == {"nat-gb", "slot-hours", "cdn-gb", "ci-minutes", "warehouse-credits", "vm-hours"}


def test_contracts_are_about_accounts_of_the_bills(estate: Estate) -> None:
    rows = list(read(estate.root / "contracts" / "negotiated.csv"))
    accounts = {row["billing_account_id"] for row in estate.invoices("amazon", "microsoft")}
    assert {row["billing_account_id"] for row in rows} == accounts
    known = {entry["commitment_id"] for entry in estate.totals["contracts"]}
    assert known < {row["commitment_id"] for row in rows}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))

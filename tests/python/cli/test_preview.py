"""`tieout preview`: what it says a changed policy would do is what a run under that policy does."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.policy import load_policy
from orchestration.rule_changes.approving import judged
from orchestration.rule_changes.comparing import changed_rows

from .conftest import PERIOD, Finished, hashes, tieout


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def changed_policy(estate: Path) -> Path:
    """The estate's policy with a pool divided in another way and an override taken back."""
    folder = estate.parent / "policy-changed"
    shutil.copytree(estate.parent / "policy", folder)
    edit(folder / "pools.csv", "NAT gateways,proportional,nat-gb,charge_day,region_id", "NAT gateways,equal_share,,,")
    rules = folder / "ownership_rules.csv"
    lines = rules.read_text(encoding="utf-8").splitlines()
    rules.write_text("\n".join(line for line in lines if not line.startswith("override-001,")) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def previewed(first, estate: Path, home: Path, changed_policy: Path) -> Finished:
    assert first.code == 0, first.err
    before = hashes(home / "publications") | hashes(home / "warehouse" / "facts")
    finished = tieout("preview", changed_policy, "--estate", estate, "--json", home=home)
    assert finished.code == 0, finished.err
    assert hashes(home / "publications") | hashes(home / "warehouse" / "facts") == before
    assert not list((home / "reports").glob(".preview*"))
    return finished


def rates(policy: Path) -> dict[str, Decimal]:
    with (policy / "fx_rates.csv").open(encoding="utf-8") as file:
        stated = [
            row for row in csv.DictReader(file) if row["billing_period"] == PERIOD and row["to_currency"] == "USD"
        ]
    return {"USD": Decimal(1)} | {row["from_currency"]: Decimal(row["rate"]) for row in stated}


def cost_by_centre(database: Path, policy: Path) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    known = rates(policy)
    with duckdb.connect(str(database), read_only=True) as connection:
        for centre, currency, cost in connection.execute(
            "select coalesce(cost_centre, domain_id), billing_currency, sum(effective_cost)"
            " from finance.fct_chargeback group by all"
        ).fetchall():
            found[centre] += cost * known[currency]
    return found


def test_before_is_published_and_after_is_what_a_run_publishes(previewed, estate, home, changed_policy, tmp_path):
    period = previewed.json()["periods"][0]
    other = estate.with_name("estate-changed.yml")
    other.write_text(estate.read_text(encoding="utf-8").replace("policy: ./policy", "policy: ./policy-approved"))
    assert "policy-approved" in other.read_text(encoding="utf-8")
    approved = estate.parent / "policy-approved"
    shutil.copytree(changed_policy, approved)
    before, after = load_policy(estate.parent / "policy"), load_policy(approved)
    with (approved / "change_approvals.csv").open("a", encoding="utf-8") as file:
        for change in judged(changed_rows(before, after), before, after):
            assert change.missing, "neither is a new version with an approver of its own"
            file.write(f"{change.change_id},{change.policy_file},cfo,2026-11-20,\n")
    copy = tmp_path / "home"
    shutil.copytree(home, copy, symlinks=True)
    run = tieout("run", "--estate", other, "--json", home=copy)
    assert run.code == 0, run.err

    databases = [folder / "publications" / PERIOD / "current" / "tieout.duckdb" for folder in (home, copy)]
    for side, database in zip(("before", "after"), databases, strict=True):
        told = {effect["name"]: Decimal(effect[side]) for effect in period["cost_centres"]}
        assert {name: cost for name, cost in told.items() if cost} == {
            name: cost for name, cost in cost_by_centre(database, changed_policy).items() if cost
        }
    accuracy = {line["variant"]: line["after"] for line in period["accuracy"]}
    with duckdb.connect(str(databases[1]), read_only=True) as connection:
        published = connection.execute(
            "select variant, allocation_accuracy from finance.kpi_allocation_accuracy where node_level = 'estate'"
        ).fetchall()
    assert accuracy == dict(published)


def test_what_the_last_build_decided_is_not_decided_again_and_makes_no_difference(
    previewed, estate, home, changed_policy, tmp_path
):
    policy = load_policy(estate.parent / "policy")
    copy = tmp_path / "home"
    shutil.copytree(home, copy, symlinks=True)
    with duckdb.connect(str(copy / "warehouse" / "tieout.duckdb")) as connection:
        built = connection.execute("select billing_period, policy_revision from landing.last_build").fetchall()
        assert built == [(PERIOD, policy.revision)], "the home's preview read what a build of the period had decided"
        connection.execute("drop table landing.last_build")
    decided_anew = tieout("preview", changed_policy, "--estate", estate, "--json", home=copy)
    assert decided_anew.code == 0, decided_anew.err
    assert decided_anew.json() == previewed.json()


def test_moves_add_up_to_nothing_and_each_has_a_reason(previewed):
    period = previewed.json()["periods"][0]
    moves = period["moves"]
    assert moves
    assert sum(Decimal(move["moved"]) for move in moves) == 0
    by_centre: dict[str, Decimal] = defaultdict(Decimal)
    for move in moves:
        by_centre[move["cost_centre"]] += Decimal(move["moved"])
    assert by_centre == {
        effect["name"]: Decimal(effect["moved"]) for effect in period["cost_centres"] if effect["name"] in by_centre
    }
    assert all(move["reason"] for move in moves)
    assert {move["pool_id"] for move in moves} >= {"nat-gateway", None}
    assert any("override-001 v1" in move["reason"] for move in moves)
    assert {(change["table"], change["change"]) for change in previewed.json()["changes"]} == {
        ("ownership_rules", "removed"),
        ("pools", "removed"),
        ("pools", "added"),
    }


def test_the_page_has_every_move(previewed, estate, home, changed_policy, tmp_path):
    page = tmp_path / "preview.html"
    shown = tieout("preview", changed_policy, "--estate", estate, "--html", page, home=home)
    assert (shown.code, shown.out.strip()) == (0, f"Written to {page}")
    text = page.read_text(encoding="utf-8")
    assert text.count("pool nat-gateway is divided differently") == sum(
        move["pool_id"] == "nat-gateway" for move in previewed.json()["periods"][0]["moves"]
    )
    terminal = tieout("preview", changed_policy, "--estate", estate, home=home)
    assert "Allocation Accuracy Index" in terminal.out


def test_a_git_revision_is_compared(previewed, first, estate, home, tmp_path):
    repository = tmp_path / "policies"
    shutil.copytree(estate.parent / "policy-changed", repository / "policy")

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
        subprocess.run(["git", *who, *arguments], cwd=repository, check=True, capture_output=True)  # noqa: S607

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "proposed")
    shutil.copytree(estate.parent / "policy", repository / "policy", dirs_exist_ok=True)
    at = tieout("preview", repository / "policy", "--revision", "HEAD", "--estate", estate, "--json", home=home)
    assert at.code == 0, at.err
    assert at.json()["periods"] == previewed.json()["periods"]

    unknown = tieout("preview", repository / "policy", "--revision", "--all", "--estate", estate, home=home)
    assert unknown.code == 2
    missing = tieout("preview", repository / "policy", "--revision=nowhere", "--estate", estate, home=home)
    assert (missing.code, "no such revision" in missing.err) == (2, True)


def test_the_same_policy_moves_nothing(first, estate, home):
    same = tieout("preview", estate.parent / "policy", "--estate", estate, "--json", home=home)
    assert same.code == 0, same.err
    content = json.loads(same.out)
    assert content["changes"] == []
    assert content["periods"][0]["moves"] == []


def test_a_bad_policy_is_refused_with_every_finding(first, estate, home, tmp_path):
    folder = tmp_path / "policy"
    shutil.copytree(estate.parent / "policy", folder)
    edit(folder / "pools.csv", "NAT gateways,proportional", "NAT gateways,by_magic")
    edit(folder / "ownership_rules.csv", ",override,", ",overide,")
    refused = tieout("preview", folder, "--estate", estate, home=home)
    assert refused.code == 2
    assert "by_magic" in refused.err
    assert "overide" in refused.err
    nothing = tieout("preview", "--estate", estate, home=home)
    assert (nothing.code, "nothing to compare" in nothing.err) == (2, True)

"""A driver that looks at the month before: its figures do not depend on which month happened to be run first."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.python.allocation.boundary_estate import APPROVAL, END, START, charge, write_csv

from .conftest import Finished, changed, tieout

BEFORE, PERIOD = "2026-08", "2026-09"
FOREVER = {"valid_from": START, "valid_to": END}
COMPARED_WITH_BEFORE = ("rpt_variance_bridge", "rule_change_log")


def write_exports(folder: Path, shop: str, bank: str) -> None:
    """Write a file for each month: what two owners spent in August, and what they share in September."""
    folder.mkdir(exist_ok=True)
    spent = [
        charge("web", shop, "2026-08-05", SubAccountId="acc-shop"),
        charge("web", bank, "2026-08-30", SubAccountId="acc-bank"),
    ]
    shared = [charge("support", "10", "2026-09-16"), charge("web", "7", "2026-09-16", SubAccountId="acc-bank")]
    write_csv(folder / f"bill-{BEFORE}.csv", spent)
    write_csv(folder / f"bill-{PERIOD}.csv", shared)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An estate in which September's support is divided by what owners spent in August: 60 and 40."""
    folder = tmp_path_factory.mktemp("months_before")
    write_exports(folder / "exports", "60", "40")
    (folder / "policy").mkdir()
    domain = {"owner": "ann", "environment": "prod", "chargeback_mode": "showback", **FOREVER}
    rule = {"rule_version": "1", **APPROVAL, **FOREVER}
    policy = {
        "cost_domains": [
            {"domain_id": "shop", "business_unit": "Retail", "cost_centre": "CC-1", "product": "shop", **domain},
            {"domain_id": "bank", "business_unit": "Finance", "cost_centre": "CC-2", "product": "bank", **domain},
        ],
        "accounts": [{"account_id": f"acc-{name}", "domain_id": name, **FOREVER} for name in ("shop", "bank")],
        "ownership_rules": [
            {
                **{"rule_id": "support", "precedence": "10", "kind": "default"},
                **{"service_name": "support", "pool_id": "support", **rule},
            },
            {"rule_id": "accounts", "precedence": "20", "kind": "account", **rule},
        ],
        "pools": [
            {
                **{"pool_id": "support", "pool_version": "1", "pool_name": "Support", "method": "proportional"},
                **{"driver_id": "web", "driver_window": "previous_month", "method_id": "BY_WEB", **APPROVAL, **FOREVER},
            }
        ],
        "drivers": [{"driver_id": "web", "kind": "spend", "service_name": "web", **FOREVER}],
    }
    for table, rows in policy.items():
        write_csv(folder / "policy" / f"{table}.csv", rows)
    file = folder / "estate.yml"
    file.write_text(
        "reporting_currency: USD\nsources:\n  - {id: any, kind: focus, location: ./exports}\npolicy: ./policy\n",
        encoding="utf-8",
    )
    return file


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where September alone is run."""
    return tmp_path_factory.mktemp("september") / "home"


@pytest.fixture(scope="module")
def alone(estate: Path, home: Path) -> Finished:
    """September, run in a home in which nothing was run before."""
    return tieout("run", "--estate", estate, "--period", PERIOD, home=home)


def support(home: Path) -> dict[str, Decimal]:
    """Return what each owner bears of September's support."""
    database = home / "publications" / PERIOD / "current" / "tieout.duckdb"
    query = "select domain_id, sum(effective_cost) from finance.fct_charge_splits where pool_id = 'support' group by 1"
    with duckdb.connect(str(database), read_only=True) as connection:
        return dict(connection.execute(query).fetchall())


def tables(home: Path) -> dict[str, list[str]]:
    """Return the hashes of September's published tables, but those that begin with what August published."""
    manifest = json.loads((home / "publications" / PERIOD / "current" / "manifest.json").read_text(encoding="utf-8"))
    return {
        name: [file["sha256"] for file in table.get("files", ())]
        for name, table in manifest["tables"].items()
        if name not in COMPARED_WITH_BEFORE
    }


def test_a_month_run_alone_measures_the_month_before(alone: Finished, home: Path):
    assert alone.code == 0, alone.out + alone.err
    assert support(home) == {"shop": Decimal(6), "bank": Decimal(4)}
    assert not (home / "publications" / BEFORE).exists()


def test_it_is_the_same_byte_for_byte_as_after_the_month_before(alone: Finished, estate: Path, home: Path):
    other = home.parent / "all"
    both = tieout("run", "--estate", estate, home=other)
    assert both.code == 0, both.out + both.err
    assert tables(other) == tables(home)


def test_a_restated_month_before_is_measured_anew(alone: Finished, estate: Path, home: Path):
    write_exports(estate.parent / "exports", "20", "80")
    restated = tieout("run", "--estate", estate, "--period", PERIOD, home=home)
    assert restated.code == 0, restated.out + restated.err
    assert "number 2" in restated.out
    assert support(home) == {"shop": Decimal(2), "bank": Decimal(8)}


def test_a_lost_warehouse_is_built_again_even_under_a_changed_policy(alone: Finished, estate: Path, home: Path):
    before = tables(home)
    shutil.rmtree(home / "warehouse")
    accounts = estate.parent / "policy" / "accounts.csv"
    with changed(accounts, accounts.read_bytes() + f"acc-lab,bank,{START},{END}\n".encode()):
        again = tieout("run", "--estate", estate, "--period", PERIOD, home=home)
    assert again.code == 0, again.out + again.err
    assert "number 3" in again.out
    assert tables(home) == before


def test_a_broken_month_before_refuses_the_month_that_looks_at_it(alone: Finished, estate: Path, home: Path):
    file = estate.parent / "exports" / f"bill-{BEFORE}.csv"
    before = file.read_bytes()
    file.write_bytes(before.replace(b"USD", b"???"))
    try:
        refused = tieout("run", "--estate", estate, "--period", PERIOD, home=home)
    finally:
        file.write_bytes(before)
    assert refused.code == 2, refused.out + refused.err
    assert file.name in refused.out + refused.err


def test_the_closed_month_is_replayed_with_the_month_before(alone: Finished, estate: Path, home: Path):
    again = tieout("run", "--estate", estate, "--period", PERIOD, home=home)
    assert again.code == 0, again.out + again.err
    closed = tieout("close", PERIOD, "--estate", estate, "--by", "Ann Finance", home=home)
    assert closed.code == 0, closed.out + closed.err
    replayed = tieout("replay", PERIOD, home=home)
    assert replayed.code == 0, replayed.out + replayed.err

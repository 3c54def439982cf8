"""A publication that is killed at any step leaves the former one byte-identical, and the next attempt succeeds."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb

from orchestration.home import Home
from orchestration.publishing import current_publication

from .conftest import PERIOD, build, write_focus

SCRIPT = Path(__file__).with_name("publish_and_die.py")
STEPS = [
    "clean up",
    "write tables",
    "write database",
    "write manifest",
    "flush",
    "rename",
    "point",
    "open to all periods",
]


def attempt(home: Home, fatal_step: str = "none") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(home.root), PERIOD, fatal_step], capture_output=True, text=True, check=False
    )


def with_warehouse(home: Home, action) -> None:
    with duckdb.connect(str(home.warehouse_file), config={"threads": 1}) as connection:
        action(connection)


def test_every_step_is_killed_in_turn(home: Home):
    home.facts.mkdir(parents=True)
    with_warehouse(home, lambda connection: build(connection, home))
    first = attempt(home)
    assert first.returncode == 0, first.stderr
    former = current_publication(home, PERIOD).folder
    before = {path: path.read_bytes() for path in former.rglob("*") if path.is_file()}
    with_warehouse(home, lambda connection: write_focus(connection, home, PERIOD, "11"))

    for step in STEPS:
        killed = attempt(home, step)
        assert (killed.returncode, killed.stdout.splitlines()[-1]) == (9, step)
        current = current_publication(home, PERIOD)
        assert {path: path.read_bytes() for path in before} == before
        expected = Decimal("11") if step == "open to all periods" else Decimal("10.000000000001")
        with duckdb.connect(str(current.folder / "tieout.duckdb"), read_only=True) as reader:
            assert reader.execute("select max(EffectiveCost) from focus_cost_and_usage").fetchone() == (expected,)

    last = attempt(home)
    assert last.returncode == 0, last.stderr
    assert current_publication(home, PERIOD).number == 2
    assert sorted(entry.name for entry in (home.publications / PERIOD).iterdir()) == ["1", "2", "current"]
    with duckdb.connect(str(home.publications / "tieout.duckdb"), read_only=True) as reader:
        assert reader.execute("select sum(EffectiveCost) from focus_cost_and_usage").fetchone()[0] == 16

"""The sample estate, published, and the providers' fixtures, built, as FOCUS files of every source.

Everything is made in ``.conformance``; the sample and the validator are kept for the next time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from orchestration.estate import load_estate
from orchestration.exporting import export_focus
from orchestration.home import Home
from orchestration.landing.declared import declared_tables
from orchestration.publishing import publications
from orchestration.warehouse.connection import connect
from orchestration.warehouse.quoting import literal
from tests.python.providers.conftest import build_fixtures, kinds_with_fixtures

PROJECT = Path(__file__).parent.parent.parent
FOLDER = PROJECT / ".conformance"
SAMPLE_ROWS = "6000"


@dataclass(frozen=True)
class Exports:
    """Exported files of all published periods."""

    folder: Path
    periods: tuple[str, ...]

    def files(self, version: str, dataset: str = "CostAndUsage", *, allocated: bool = False) -> list[Path]:
        """Return a dataset in a FOCUS version, one file per period."""
        form = "allocated" if allocated else "billed"
        return [self.folder / version / form / period / f"{dataset}.parquet" for period in self.periods]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "source" in metafunc.fixturenames:
        metafunc.parametrize("source", sources_with_money())
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", kinds_with_fixtures())


@pytest.fixture(scope="session")
def exports() -> Exports:
    home = Home(FOLDER / "home")
    _tieout("run", "--estate", str(_estate()), "--home", str(home.root))
    periods = tuple(publication.billing_period for publication in publications(home))
    assert periods
    found = Exports(FOLDER / "exports", periods)
    for version in ("1.2", "1.4"):
        for file in found.files(version):
            export_focus(home, file.parent.name, version, file.parent)
    for file in found.files("1.4", allocated=True):
        export_focus(home, file.parent.name, "1.4", file.parent, allocated=True)
    return found


@pytest.fixture(scope="session")
def fixtures() -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of the providers' fixtures, which have no publication."""
    home = Home(FOLDER / "fixtures")
    shutil.rmtree(home.root, ignore_errors=True)
    build_fixtures(home)
    with connect(home, read_only=True) as warehouse:
        yield warehouse


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def scan(files: list[Path]) -> str:
    return f"read_parquet([{', '.join(literal(str(file)) for file in files)}])"


def _estate() -> Path:
    estate = FOLDER / "sample" / "estate.yml"
    if not estate.exists():
        _tieout("sample", str(estate.parent), "--rows", SAMPLE_ROWS)
    return estate


def sources_with_money() -> list[str]:
    """Return the sources of the sample estate that bill something."""
    tables = declared_tables()
    return [source.id for source in load_estate(_estate()).sources if tables[source.kind].money]


def kind_of(source: str) -> str:
    """Return the kind of a source of the sample estate."""
    return next(found.kind for found in load_estate(_estate()).sources if found.id == source)


def _tieout(*arguments: str) -> None:
    command = [str(Path(sys.executable).parent / "tieout"), *arguments]
    finished = subprocess.run(
        command, cwd=PROJECT, env=os.environ | {"PYTHONPATH": str(PROJECT)}, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, f"{' '.join(command)}\n{finished.stdout[-3000:]}\n{finished.stderr[-5000:]}"

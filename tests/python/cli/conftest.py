"""A sample estate of one period, small, with limits that its figures keep."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.sample import write_sample
from orchestration.versions import PROJECT


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


Command = Callable[..., Finished]

PERIOD = "2026-10"


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@contextmanager
def changed(path: Path, content: bytes) -> Iterator[None]:
    """Change a file for a while, whoever may write it."""
    before, mode = path.read_bytes(), path.stat().st_mode
    path.chmod(0o644)
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)
        path.chmod(mode)


def tieout(*arguments: object, options: tuple[str, ...] = (), home: Path | None = None) -> Finished:
    """Run the command line as a user does, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIEOUT_")}
    environment["PYTHONPATH"] = str(PROJECT)
    if home is not None:
        environment["TIEOUT_HOME"] = str(home)
    finished = subprocess.run(
        [sys.executable, *options, "-m", "orchestration.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=home.parent if home else PROJECT,
    )
    return Finished(finished.returncode, finished.stdout, finished.stderr)


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The estate file of a sample of one period."""
    folder = tmp_path_factory.mktemp("estate") / "sample"
    write_sample(folder, months=1, rows=5000)
    thresholds = folder / "policy" / "thresholds.csv"
    lines = thresholds.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("unallocated_share_max", "aai_floor", "tag_compliance_min"))]
    thresholds.write_text("\n".join(kept) + "\n", encoding="utf-8")
    _feed_pools(folder / "policy")
    _name_consumers(folder / "feeds" / "driver_usage")
    return folder / "estate.yml"


def _feed_pools(policy: Path) -> None:
    """Let pools feed pools, all at once: public DNS feeds monitoring, which feeds threat detection."""
    with (policy / "pool_targets.csv").open(encoding="utf-8", newline="") as file:
        targets = list(csv.DictReader(file))
    for target in targets:
        if (target["pool_id"], target["domain_id"]) == ("monitoring", "cc-6010.general"):
            target.update(domain_id="", target_pool_id="security-tooling")
    targets.append({**targets[0], "pool_id": "dns", "domain_id": "", "target_pool_id": "monitoring"})
    with (policy / "pool_targets.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for target in targets for name in target)))
        writer.writeheader()
        writer.writerows(targets)
    (policy / "pool_resolution.csv").write_text(
        "resolution,rationale,owner,approved_by,valid_from,valid_to\n"
        "reciprocal,Pools serve each other,finops@halden.example,cfo@halden.example,2024-01-01,9999-12-31\n",
        encoding="utf-8",
    )


def _name_consumers(feed: Path) -> None:
    """Let the flow logs tell networks, one used three times as much as the other, and some bytes that nobody owns."""
    for path in sorted(feed.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        rows = []
        for row in found:
            if row["driver"] != "nat-gb":
                rows.append({**row, "consumer": ""})
                continue
            parts = (("vpc-1", Decimal("0.75")), ("vpc-2", Decimal("0.25")))
            quantity = Decimal(row["quantity"])
            rows += [{**row, "consumer": name, "quantity": str(quantity * part)} for name, part in parts]
            if row["target"] == found[0]["target"]:
                rows.append({**row, "target": "vpc-of-nobody", "consumer": "vpc-9"})
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "home"


@pytest.fixture(scope="session")
def first(estate: Path, home: Path) -> Finished:
    """The first run of the estate, with its JSON report."""
    return tieout("run", "--estate", estate, "--json", home=home)

"""One estate of all providers' fixtures, invoices and contracts, landed and built up to the FOCUS datasets once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.estate import Contracts, Estate, Invoices, Source
from orchestration.home import Home
from orchestration.landing import CONTRACTS, INVOICES, LandingResult, land_source, register
from orchestration.policy import load_policy, write_policy
from orchestration.warehouse.connection import connect
from tests.python.providers.drifting import COSTS, DRIFTING
from tests.python.providers.generated import GENERATED

PROJECT = Path(__file__).resolve().parents[3]
FIXTURES = PROJECT / "tests" / "fixtures"


# Feeds without money, which drive splits.
USAGE_FIXTURES = {
    "ai_gateway_events": "ai_gateway",
    "ai_usage": "ai",
    "anthropic_usage": "anthropic",
    "gpu_telemetry": "gpu",
    "kubernetes_usage": "kubernetes",
    "litellm_spend_logs": "litellm",
    "openai_usage": "openai",
    "saas_seats": "seats",
}
KUBERNETES_VIEWS = tuple(f"int_kubernetes_{name}" for name in ("usage", "volumes", "network", "load_balancers"))


def kinds_with_fixtures() -> list[str]:
    return sorted(file.parent.name for file in FIXTURES.glob("*/expected.json"))


def expected_of(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / kind / "expected.json").read_text())
    return found


def source_id(kind: str) -> str:
    return kind.replace("_", "-")


class Built:
    """What was landed and built."""

    def __init__(self, landed: dict[str, LandingResult], warehouse: duckdb.DuckDBPyConnection) -> None:
        self.landed = landed
        self._warehouse = warehouse

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self._warehouse.execute(sql, parameters).fetchall()

    def charges(
        self, kind: str, columns: str, where: str = "true", order: str = "x_billing_period, x_charge_id"
    ) -> list[tuple[Any, ...]]:
        """Query the charges of a kind's fixture, or of a generated source by its id."""
        return self.query(
            f"select {columns} from finance.focus_cost_and_usage where x_source_id = $1 and {where} order by {order}",
            source_id(kind),
        )

    def total(self, kind: str, metric: str, month: str) -> Decimal:
        ((total,),) = self.charges(kind, f"sum({metric})", f"x_billing_period = '{month}'", order="1")
        return Decimal(total)


def build_fixtures(home: Home) -> dict[str, LandingResult]:
    """Land and build the FOCUS datasets of an estate with one source per fixture, and those that are generated.

    Their data tests run, and must pass.

    Returns:
        What was landed, by kind; of bills that drift, by source and month.
    """
    sources = tuple(
        Source(id=source_id(kind), kind=kind, location=str(FIXTURES / kind / "data")) for kind in kinds_with_fixtures()
    )
    sources += tuple(
        Source(id=kind.replace("_", "-"), kind=kind, location=str(FIXTURES / "usage" / folder))
        for kind, folder in USAGE_FIXTURES.items()
    )
    landed = {source.kind: land_source(source, home) for source in sources}
    for name, (kind, write) in GENERATED.items():
        location = home.root / "generated" / name
        location.mkdir(parents=True)
        write(location)
        sources += (Source(id=name, kind=kind, location=str(location)),)
        assert land_source(sources[-1], home).refusals == []
    for name, (kind, write_month, *_) in DRIFTING.items():
        location = home.root / "generated" / name
        sources += (Source(id=name, kind=kind, location=str(location)),)
        for month in COSTS:
            write_month(location, month)
            landed[f"{name} {month}"] = land_source(sources[-1], home)
    estate = Estate(
        path=home.root / "estate.yml",
        reporting_currency="USD",
        sources=sources,
        invoices=Invoices(location=str(FIXTURES / "documents" / "invoices")),
        contracts=Contracts(location=str(FIXTURES / "documents" / "contracts")),
    )
    for documents in (INVOICES.land(estate, home), CONTRACTS.land(estate, home)):
        assert documents.refusals == []
    with connect(home) as warehouse:
        register(warehouse, home, estate)
        write_policy(warehouse, load_policy(FIXTURES / "documents" / "policy"))
    environment = os.environ | {
        "TIEOUT_HOME": str(home.root),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(home.root / "target"),
        "DBT_LOG_PATH": str(home.root / "logs"),
        "PYTHONPATH": str(PROJECT),
    }
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "build"]
    done = subprocess.run(
        [
            *(*command, "--select", "+audit_focus_rules", "+audit_commitments", "+audit_landing", "+int_driver_usage"),
            *("+int_ai_usage", "+int_gpu_usage"),
            *("--indirect-selection", "buildable"),
            *("--exclude-resource-type", "seed", "unit_test"),
        ],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return landed


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The FOCUS datasets of all providers' fixtures; their data tests have passed."""
    home = Home.of(tmp_path_factory.mktemp("providers"))
    landed = build_fixtures(home)
    with connect(home, read_only=True) as warehouse:
        yield Built(landed, warehouse)

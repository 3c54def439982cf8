"""The allocation engine as dbt compiles it, run on an in-memory DuckDB."""

from __future__ import annotations

import pytest

from tests.python.allocation.engine import CONSUMER_COSTS, ENGINE_MODELS, Engine
from tests.python.allocation.estate import BuiltEstate
from tests.python.compiling import compiled_sql, compiled_text


@pytest.fixture(scope="session")
def compiled_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the compiled SQL of the engine's models, by model name."""
    home = tmp_path_factory.mktemp("allocation_home")
    return compiled_sql(home, *ENGINE_MODELS) | {"consumer_costs": compiled_text(home, CONSUMER_COSTS)}


@pytest.fixture(scope="session")
def engine(compiled_models: dict[str, str]) -> Engine:
    """Return the engine, ready to divide pools."""
    return Engine(compiled_models)


@pytest.fixture(scope="session")
def built_estate(tmp_path_factory: pytest.TempPathFactory) -> BuiltEstate:
    """Return the sample estate with its splits built."""
    return BuiltEstate.of_sample(tmp_path_factory.mktemp("built_estate"), rows=6000)


@pytest.fixture(scope="session")
def boundary_estate(tmp_path_factory: pytest.TempPathFactory) -> BuiltEstate:
    """Return the estate in which everything changes on the 17th, built."""
    return BuiltEstate.of_boundaries(tmp_path_factory.mktemp("boundary_estate"))

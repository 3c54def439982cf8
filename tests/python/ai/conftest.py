"""The models that divide AI cost as dbt compiles them."""

from __future__ import annotations

import pytest

from tests.python.ai.engine import MARTS, MODELS, Engine
from tests.python.compiling import compiled_sql


@pytest.fixture(scope="session")
def ai_engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return the models, ready to divide days."""
    return Engine(compiled_sql(tmp_path_factory.mktemp("ai_home"), *MODELS, *MARTS))

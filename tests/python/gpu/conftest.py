"""The models of idle GPUs as dbt compiles them, run on an in-memory DuckDB."""

from __future__ import annotations

import pytest

from tests.python.compiling import compiled_sql
from tests.python.gpu.machines import GPU_MODELS, Machines


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Machines:
    """Return the compiled models, ready to be run."""
    return Machines(compiled_sql(tmp_path_factory.mktemp("gpu_home"), *GPU_MODELS))

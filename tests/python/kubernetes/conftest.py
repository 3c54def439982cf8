"""The models that divide clusters as dbt compiles them."""

from __future__ import annotations

import pytest

from tests.python.compiling import compiled_models
from tests.python.kubernetes.clusters import MODELS, Clusters


@pytest.fixture(scope="session")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Clusters:
    """Return the models, ready to divide clusters."""
    nodes = compiled_models(tmp_path_factory.mktemp("kubernetes_home"), *MODELS)
    return Clusters({name: (nodes[name]["schema"], nodes[name]["compiled_code"]) for name in MODELS})

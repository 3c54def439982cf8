from __future__ import annotations

import pytest

from tests.python.compiling import compiled_models


@pytest.fixture(scope="session")
def ownership_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The compiled SQL of the ownership models by relation name, in the order in which they are built."""
    nodes = compiled_models(tmp_path_factory.mktemp("compile"), "path:models/ownership").values()
    models = {node["unique_id"]: node for node in nodes}
    in_order: dict[str, str] = {}
    while len(in_order) < len(models):
        for name, node in models.items():
            needed = {parent for parent in node["depends_on"]["nodes"] if parent in models}
            if name not in in_order and needed <= set(in_order):
                in_order[name] = node["compiled_code"]
    return {models[name]["name"]: sql for name, sql in in_order.items()}

"""The order of tests: what is quick first, so that a mistake is told early; the browser last.

Several processes share the work by file (`pytest -n 2 --dist loadfile --no-loadscope-reorder`): the tests of a file
run in one process, in their order, on what they build together.
"""

from __future__ import annotations

from pathlib import Path

import pytest

LATE = ("gateway", "providers", "dagster", "dbt", "cli", "golden", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the areas that start other programs after all others, in the order of `LATE`."""
    root = Path(__file__).parent

    def area(item: pytest.Item) -> str:
        return item.path.relative_to(root).parts[0]

    items.sort(key=lambda item: LATE.index(area(item)) + 1 if area(item) in LATE else 0)

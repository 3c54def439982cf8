"""The order of tests: what is quick first, so that a mistake is told early; the browser last.

Several processes share the work by area (`pytest -n 2 --dist loadgroup`): the tests of an area share what they build.
"""

from __future__ import annotations

from pathlib import Path

import pytest

LATE = ("gateway", "providers", "dagster", "dbt", "cli", "golden", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the areas that start other programs after all others, in the order of `LATE`, and each in one process."""
    root = Path(__file__).parent

    def area(item: pytest.Item) -> str:
        return item.path.relative_to(root).parts[0]

    for item in items:
        item.add_marker(pytest.mark.xdist_group(area(item)))
    items.sort(key=lambda item: LATE.index(area(item)) + 1 if area(item) in LATE else 0)

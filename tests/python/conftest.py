"""The order of tests: what is quick first, so that a mistake is told early; the browser last."""

from __future__ import annotations

from pathlib import Path

import pytest

LATE = ("gateway", "providers", "dagster", "dbt", "cli", "golden", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the areas that start other programs after all others, in the order of `LATE`."""
    root = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        area = item.path.relative_to(root).parts[0]
        return LATE.index(area) + 1 if area in LATE else 0

    items.sort(key=place)

"""Definitions over an estate of two sources, of which nothing has been landed."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from orchestration.defs import build_definitions
from orchestration.runs.workspace import Workspace


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder: Path = tmp_path_factory.mktemp("dagster")
    (folder / "aws").mkdir()
    (folder / "azure").mkdir()
    (folder / "estate.yml").write_text(
        "reporting_currency: USD\n"
        "sources:\n"
        "  - {id: aws-main, kind: aws_cur2, location: ./aws}\n"
        "  - {id: azure-main, kind: azure_focus, location: ./azure}\n"
    )
    return Workspace.of(folder / "estate.yml", folder / "home")


@pytest.fixture(scope="session")
def definitions(workspace: Workspace) -> dg.Definitions:
    return build_definitions(workspace)

"""``tieout dev``: the Dagster page over an estate."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.common import EstateOption, HomeOption, exit_codes


def dev(
    estate: EstateOption = None,
    home: HomeOption = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 3000,
) -> None:
    """Open the Dagster page on 127.0.0.1: lineage, partitions, checks, schedules, runs."""
    with exit_codes():
        from orchestration.runs.execution import prepare_instance
        from orchestration.runs.workspace import Workspace

        workspace = Workspace.of(estate, home)
        prepare_instance(workspace.home)
        environment = {
            **os.environ,
            "TIEOUT_ESTATE": str(workspace.estate.path),
            "TIEOUT_HOME": str(workspace.home.root),
            "DAGSTER_HOME": str(workspace.home.dagster),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "DO_NOT_TRACK": "1",
            # Its successor is another package, for projects that it has laid out itself.
            "PYTHONWARNINGS": "ignore:Function `dev_command` is superseded",
        }
        program = str(Path(sys.executable).parent / "dagster")
        command = [program, "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
        os.execve(program, command, environment)  # noqa: S606 - our own environment's Dagster

"""``tieout export-focus``: FOCUS datasets of a published period, as files for others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.common import HomeOption, JsonOption, exit_codes, out


def export_focus(
    period: Annotated[str, typer.Option(metavar="YYYY-MM", help="Published billing period.", show_default=False)],
    version: Annotated[str, typer.Option(help="FOCUS version: 1.2, 1.3 or 1.4.", show_default=False)],
    directory: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.", show_default=False)],
    allocated: Annotated[
        bool, typer.Option("--allocated", help="Cost and Usage as allocated: one row per charge and owner.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the FOCUS datasets of a published period as typed Parquet, with the metadata of that FOCUS version.

    1.2 has Cost and Usage; 1.3 Contract Commitment, too; 1.4 Invoice Detail and Billing Period, too.
    """
    with exit_codes():
        from orchestration.exporting import export_focus as export
        from orchestration.home import Home

        exported = export(Home.of(home), period, version, directory, allocated=allocated)
        if as_json:
            files = [
                {"dataset": one.dataset, "path": str(one.path), "rows": one.row_count, "schema_id": one.schema_id}
                for one in exported
            ]
            out.print_json(json.dumps({"billing_period": period, "focus_version": version, "files": files}))
            return
        for one in exported:
            out.print(f"{one.dataset}, FOCUS {version}: {one.row_count:,} rows in {one.path}", markup=False)

"""``tieout dispute-pack``: everything behind a cost centre's figures, to send to its owner."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.common import BLOCKED, HomeOption, JsonOption, check_period, err, exit_codes, out
from orchestration.cli.explain import PeriodOption, PublicationOption

SHOWN_ON_THE_PAGE = 400


def dispute_pack(
    name: Annotated[
        str, typer.Argument(metavar="COST_CENTRE", help="A cost centre, or a domain_id.", show_default=False)
    ],
    period: PeriodOption,
    publication: PublicationOption = None,
    home: HomeOption = None,
    directory: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to write. Default: the home's reports.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a cost centre's amounts, methods, drivers, evidence and changes: one HTML page, and the data as XLSX.

    Exit codes: 0 written; 2 no such period or cost centre; 3 written, but the parts are not the published figure.
    """
    with exit_codes():
        from orchestration.evidence.dispute import write_dispute_pack
        from orchestration.evidence.published import Published
        from orchestration.home import Home

        check_period("--period", period)
        where = Home.of(home)
        with Published.of(where, period, publication) as published:
            folder = directory or where.reports / period / "dispute_packs"
            pack = write_dispute_pack(where, published, name, folder, limit=SHOWN_ON_THE_PAGE)
        foots = pack.explanation.foots
        if as_json:
            out.print_json(json.dumps({"html": str(pack.page), "xlsx": str(pack.workbook), "foots": foots}))
        else:
            out.print(f"{pack.page}\n{pack.workbook}", markup=False)
        if not foots:
            err.print("The parts are not the published figure: the publication was altered.", style="red")
            raise typer.Exit(BLOCKED)

"""``tieout close``: a period's figures are final."""

from __future__ import annotations

import getpass
import json
from typing import Annotated

import typer

from orchestration.cli.common import EstateOption, HomeOption, JsonOption, PeriodArgument, check_period, exit_codes, out


def close(
    period: PeriodArgument,
    estate: EstateOption = None,
    home: HomeOption = None,
    by: Annotated[
        str | None, typer.Option(help="Who closes it. Default: the user of this machine.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Close a billing period: its publication, policy, invoices and deliveries stay as they are, for replay.

    Exit codes: 0 closed, or closed before; 2 it cannot be closed as it is.
    """
    with exit_codes():
        from orchestration.closing import close_period
        from orchestration.runs.workspace import Workspace

        check_period("PERIOD", period)
        record = close_period(Workspace.of(estate, home), period, closed_by=by or getpass.getuser())
        if as_json:
            out.print_json(json.dumps(record.model_dump(mode="json")))
            return
        out.print(
            f"{period} is closed with publication {record.publication}, on {record.closed_at:%Y-%m-%d %H:%M} UTC by "
            f"{record.closed_by}: {len(record.delivery_ids)} deliveries, {len(record.inputs)} files kept.",
            markup=False,
        )

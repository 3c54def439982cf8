"""``tieout status``: what is delivered, published and judged, per billing period."""

from __future__ import annotations

import json
from typing import Any

from orchestration.cli.common import EstateOption, HomeOption, JsonOption, exit_codes, out


def status(estate: EstateOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show per billing period: deliveries in force, state, last publication, gate result and allocation accuracy."""
    with exit_codes():
        from orchestration.runs.planning import plan
        from orchestration.runs.status import status_of
        from orchestration.runs.workspace import Workspace

        workspace = Workspace.of(estate, home)
        periods = [status_of(workspace, period) for period in plan(workspace).periods]
        if as_json:
            out.print_json(json.dumps({"periods": periods}))
        else:
            _print(periods)


def _print(periods: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from orchestration.landing.drift import ColumnChanges

    if not periods:
        out.print("Nothing has been landed in this home yet: `tieout run` does.", markup=False)
        return
    table = Table("period", "deliveries", "state", "publication", "gate", "AAI", "grade")
    for period in periods:
        accuracy = period["allocation_accuracy"]
        publication = period["publication"]
        table.add_row(
            period["billing_period"],
            str(len(period["deliveries"])),
            period["state"],
            str(publication["number"]) if publication else "none",
            period["gate"] or "not run",
            f"{accuracy['share']:.2%}" if accuracy and accuracy["share"] is not None else "",
            accuracy["grade"] or "" if accuracy else "",
        )
    out.print(table)
    for period in periods:
        for delivery in period["deliveries"]:
            if delivery["changed_columns"]:
                text = ColumnChanges(**delivery["changed_columns"])
                out.print(f"{period['billing_period']} {delivery['source_id']}: columns {text}", markup=False)

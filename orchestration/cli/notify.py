"""``tieout notify``: tell owners of changed rules by hand, or see what they would be told."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from orchestration.cli.common import EstateOption, HomeOption, JsonOption, check_period, exit_codes, out, progress
from orchestration.cli.explain import PeriodOption
from orchestration.errors import ConfigurationError


def notify(
    period: PeriodOption,
    estate: EstateOption = None,
    home: HomeOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write the notices to the home, and send nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell owners of the rules that changed since the last publication of a period, and of GPUs that idle in it.

    Each is told once. `tieout run` does the same, before it builds and after it has published. Safe to repeat: what has
    a receipt is not sent again.

    Exit codes: 0 everybody was told, or there is nothing to tell; 2 somebody could not be told; 3 a change lacks an
    approval, so nobody was told.
    """
    with exit_codes():
        from orchestration.cli.common import BLOCKED
        from orchestration.publishing import current_publication
        from orchestration.runs import steps
        from orchestration.runs.workspace import Workspace
        from orchestration.warehouse.connection import warehouse_lock

        check_period("--period", period)
        workspace = Workspace.of(estate, home)
        if workspace.estate.notifications is None and not dry_run:
            raise ConfigurationError(
                f"{workspace.estate.path}: notifications",
                found="no channel",
                expected="`notifications:` with smtp or webhook",
                cure="Add it to the estate file, or see the notices with --dry-run.",
            )
        with progress() as announce, warehouse_lock(workspace.home, announce=announce):
            if dry_run:
                pages = steps.notices_step(workspace, period, announce)
                if as_json:
                    out.print_json(json.dumps({"written": [str(path) for path in pages]}))
                else:
                    out.print("\n".join(f"Written to {path}" for path in pages) or "Nothing to tell.", markup=False)
                return
            notified = steps.notify_step(workspace, period, announce)
            published = current_publication(workspace.home, period)
            alerts = steps.alert_step(workspace, published, announce) if published else ()
        missing = [change.missing for step in notified.record.transitions for change in step.changes if change.missing]
        if as_json:
            content = notified.model_dump(mode="json", include={"sent", "sent_before"})
            alerted = [receipt.model_dump(mode="json") for receipt in alerts]
            out.print_json(json.dumps({**content, "alerts": alerted, "missing_approvals": missing}))
        else:
            told = [("Sent", receipt.reader, receipt.channel, receipt.sent_at) for receipt in notified.sent]
            told += [("Sent", receipt.reader, receipt.channel, receipt.sent_at) for receipt in alerts]
            told += [("Sent before", item.reader, item.channel, item.sent_at) for item in notified.sent_before]
            for words, reader, channel, sent_at in told:
                out.print(f"{words}: {reader} by {channel}, {sent_at:%Y-%m-%d %H:%M} UTC", markup=False)
            for text in missing:
                out.print(f"Not told, for it is not approved: {text}", markup=False)
            if not (notified.sent or notified.sent_before or alerts or missing):
                out.print("Nothing to tell.", markup=False)
        if missing:
            raise typer.Exit(BLOCKED)

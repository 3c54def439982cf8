"""The command line, ``tieout``. Each command is a module of its own; what is slow to import is imported when used."""

from __future__ import annotations

import typer

from orchestration.cli.close import close
from orchestration.cli.dev import dev
from orchestration.cli.dispute_pack import dispute_pack
from orchestration.cli.explain import explain
from orchestration.cli.export_focus import export_focus
from orchestration.cli.gateway import gateway
from orchestration.cli.methodology import methodology
from orchestration.cli.notify import notify
from orchestration.cli.preview import preview
from orchestration.cli.replay import replay
from orchestration.cli.run import run
from orchestration.cli.sample import sample
from orchestration.cli.status import status

app = typer.Typer(
    name="tieout",
    help="From raw bills to allocated cost that ties to the invoices, published per billing period.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(sample)
app.command()(run)
app.command()(status)
app.add_typer(explain)
app.command()(dispute_pack)
app.command()(methodology)
app.command()(preview)
app.command()(notify)
app.add_typer(gateway)
app.command()(close)
app.command()(replay)
app.command()(dev)
app.command()(export_focus)

__all__ = ["app"]

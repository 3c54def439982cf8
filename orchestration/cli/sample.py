"""``tieout sample``: a realistic estate to try things on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.common import err, exit_codes, out


def sample(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write the estate.", show_default=False)],
    months: Annotated[int, typer.Option(help="Billing periods.", min=1)] = 3,
    rows: Annotated[
        int | None, typer.Option(help="About how many native rows of the three big clouds, over all periods.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything left to chance: the same seed writes the same bytes.")] = 7,
    end: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="The last day with usage; within a month, that month is still open. [default: 2026-10-31]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a made-up company's bills in the providers' own layouts, with invoices, CMDB, feeds and policy."""
    with exit_codes():
        from rich.progress import BarColumn, Progress, TextColumn

        from orchestration.sample import write_sample

        with Progress(TextColumn("{task.description}"), BarColumn(), console=err, transient=True) as progress:
            task = progress.add_task("sample", total=1.0)
            summary = write_sample(
                directory,
                months=months,
                rows=rows,
                seed=seed,
                end=end.date() if end else None,
                progress=lambda text, share: progress.update(task, description=text, completed=share),
            )
        out.print(
            f"{summary.company}: {summary.rows:,} rows over {', '.join(summary.periods)} "
            f"in {summary.deliveries} deliveries, {summary.bytes_written / 1e6:,.1f} MB",
            markup=False,
        )
        out.print(f"Estate file: {summary.estate}", markup=False)
        out.print(f"Run it with: tieout run --estate {summary.estate}", markup=False)

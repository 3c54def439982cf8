"""``tieout methodology``: how shared cost is divided and why, as a document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.common import HomeOption, check_period, exit_codes, out
from orchestration.cli.explain import HtmlOption, PeriodOption, PublicationOption


def methodology(
    period: PeriodOption,
    pool: Annotated[
        str | None, typer.Option(help="One pool_id. Default: the whole estate.", show_default=False)
    ] = None,
    publication: PublicationOption = None,
    home: HomeOption = None,
    html: HtmlOption = None,
    markdown: Annotated[
        Path | None,
        typer.Option("--markdown", metavar="FILE", help="Write the document as Markdown.", show_default=False),
    ] = None,
) -> None:
    """Write the methodology of a published period, from its policy, with its own numbers as worked examples.

    Without --html or --markdown, the Markdown goes to the terminal.
    """
    with exit_codes():
        from orchestration.evidence.methodology import methodology_document
        from orchestration.evidence.published import Published
        from orchestration.home import Home
        from orchestration.reports.html import as_html
        from orchestration.reports.markdown import as_markdown

        check_period("--period", period)
        with Published.of(Home.of(home), period, publication) as published:
            document = methodology_document(published, pool)
        for path, render in ((html, as_html), (markdown, as_markdown)):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(render(document), encoding="utf-8")
                out.print(f"Written to {path}", markup=False)
        if html is None and markdown is None:
            typer.echo(as_markdown(document), nl=False)

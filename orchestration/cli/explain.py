"""``tieout explain``: the arithmetic of a published figure, down to rows of files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.common import (
    BLOCKED,
    HomeOption,
    JsonOption,
    check_period,
    err,
    exit_codes,
    out,
)

if TYPE_CHECKING:
    from orchestration.evidence.published import Published
    from orchestration.reports import Document

explain = typer.Typer(
    name="explain",
    help="Explain a published figure: its parts, rules, drivers, ratios, and the rows of the files it came in.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

PeriodOption = Annotated[
    str, typer.Option("--period", metavar="YYYY-MM", help="Published billing period.", show_default=False)
]
PublicationOption = Annotated[
    int | None,
    typer.Option("--publication", help="Number of an older publication. Default: the current one.", show_default=False),
]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write the page to one HTML file.", show_default=False)
]

SHOWN_ON_A_TERMINAL = 25
"""Rows of a long table that a terminal shows; what is left out is one row of its own, so that sums still add up."""


@dataclass(frozen=True)
class _Subject:
    """What to explain: how it is found, and how it is shown."""

    explanation: Any
    page: Callable[[Any, str, int | None], Document]


@explain.command("cost-centre")
def cost_centre(
    name: Annotated[str, typer.Argument(help="A cost centre, or a domain_id.", show_default=False)],
    period: PeriodOption,
    publication: PublicationOption = None,
    home: HomeOption = None,
    html: HtmlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain what a cost centre bears: by rule and pool, with drivers, ratios, claims and source rows."""

    def find(published: Published) -> _Subject:
        from orchestration.evidence.cost_centres import explain_cost_centre
        from orchestration.evidence.pages import cost_centre_page

        return _Subject(explain_cost_centre(published, name), cost_centre_page)

    _explain(find, period, publication, home, html, as_json)


@explain.command("pool")
def pool(
    name: Annotated[str, typer.Argument(help="A pool_id.", show_default=False)],
    period: PeriodOption,
    publication: PublicationOption = None,
    home: HomeOption = None,
    html: HtmlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain a pool: what went in, how each window was divided and by which driver rows, who bears it."""

    def find(published: Published) -> _Subject:
        from orchestration.evidence.pages import pool_page
        from orchestration.evidence.pools import explain_pool

        return _Subject(explain_pool(published, name), pool_page)

    _explain(find, period, publication, home, html, as_json)


@explain.command("charge")
def charge(
    number: Annotated[int, typer.Argument(metavar="CHARGE", help="An x_charge_id.", show_default=False)],
    period: PeriodOption,
    publication: PublicationOption = None,
    home: HomeOption = None,
    html: HtmlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain a charge: its row in the file, who claimed it, and who bears which part."""

    def find(published: Published) -> _Subject:
        from orchestration.evidence.lines import explain_charge
        from orchestration.evidence.pages import charge_page

        return _Subject(explain_charge(published, number), charge_page)

    _explain(find, period, publication, home, html, as_json)


@explain.command("line")
def line(
    key: Annotated[
        str,
        typer.Argument(
            metavar="LINE", help="A ledger line: source_id/charge_date/identity_id/domain_id.", show_default=False
        ),
    ],
    period: PeriodOption,
    publication: PublicationOption = None,
    home: HomeOption = None,
    html: HtmlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain a line of the ledger (fct_allocated_costs): the parts of charges that it is the sum of."""

    def find(published: Published) -> _Subject:
        from orchestration.evidence.lines import explain_lines, find_line
        from orchestration.evidence.pages import line_page

        return _Subject(explain_lines(published, [find_line(published, key)])[0], line_page)

    _explain(find, period, publication, home, html, as_json)


def _explain(
    find: Callable[[Published], _Subject],
    period: str,
    number: int | None,
    home: Path | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Show an explanation; exit code 3 when its parts are not the published figure."""
    with exit_codes():
        from orchestration.evidence.model import as_json as plain
        from orchestration.evidence.published import Published
        from orchestration.home import Home

        check_period("--period", period)
        with Published.of(Home.of(home), period, number) as published:
            subject = find(published)
            provenance = published.provenance
        if html is not None:
            from orchestration.reports.html import as_html

            html.parent.mkdir(parents=True, exist_ok=True)
            html.write_text(as_html(subject.page(subject.explanation, provenance, None)), encoding="utf-8")
        if as_json:
            out.print_json(json.dumps({"publication": published.publication.number, **plain(subject.explanation)}))
        elif html is not None:
            out.print(f"Written to {html}", markup=False)
        else:
            from orchestration.reports.terminal import print_document

            print_document(out, subject.page(subject.explanation, provenance, SHOWN_ON_A_TERMINAL))
        if not subject.explanation.foots:
            err.print("The parts are not the published figure: the publication was altered.", style="red")
            raise typer.Exit(BLOCKED)

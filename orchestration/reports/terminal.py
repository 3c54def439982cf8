"""A document on a terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from orchestration.reports.document import Document, Table, Value
from orchestration.reports.wording import shown


def print_document(console: Console, document: Document) -> None:
    """Print a document; nothing in it is taken for markup."""
    console.print(Text(shown(document.title), style="bold"))
    if document.subtitle:
        console.print(Text(shown(document.subtitle)))
    _print_facts(console, document.facts)
    for section in document.sections:
        console.print()
        console.print(Text(shown(section.title), style="bold cyan"))
        for paragraph in section.paragraphs:
            console.print(Text(shown(paragraph)))
        _print_facts(console, section.facts)
        for table in section.tables:
            console.print(_table(table))
            if table.note:
                console.print(Text(shown(table.note), style="dim"))
    if document.provenance:
        console.print()
        console.print(Text(shown(document.provenance), style="dim"))


def _print_facts(console: Console, facts: tuple[tuple[str, Value], ...]) -> None:
    for name, value in facts:
        console.print(Text(f"  {shown(name)}: ", style="dim") + Text(shown(value, "amount"), style="not dim"))


def _table(table: Table) -> RichTable:
    made = RichTable(
        title=Text(shown(table.caption)), title_justify="left", box=box.SIMPLE_HEAD, show_footer=bool(table.totals)
    )
    for column in table.columns:
        is_figure = column.kind in ("amount", "number", "ratio")
        made.add_column(
            Text(shown(column.title)),
            justify="right" if is_figure else "left",
            no_wrap=is_figure or column.kind == "date",
            overflow="fold",
        )
    kinds = [column.kind for column in table.columns]
    for row in table.rows:
        made.add_row(*(Text(shown(value, kind)) for value, kind in zip(row, kinds, strict=True)))
    for index, shown_column in enumerate(made.columns):
        shown_column.footer = Text("\n".join(shown(row[index], kinds[index]) for row in table.totals))
    return made

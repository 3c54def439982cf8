"""A document as Markdown (CommonMark with tables)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestration.reports.document import Document, Table, Value
from orchestration.reports.wording import shown

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#&~])")


def as_markdown(document: Document) -> str:
    """Return the document; a text that looks like Markdown or HTML stays the text it is."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield f"# {_plain(document.title)}"
    if document.subtitle:
        yield from ("", _plain(document.subtitle))
    yield from _facts(document.facts)
    for section in document.sections:
        yield from ("", f"## {_plain(section.title)}")
        for paragraph in section.paragraphs:
            yield from ("", _plain(paragraph))
        yield from _facts(section.facts)
        for table in section.tables:
            yield from _table(table)
    if document.provenance:
        yield from ("", "---", "", _plain(document.provenance))


def _facts(facts: tuple[tuple[str, Value], ...]) -> Iterator[str]:
    if facts:
        yield ""
    yield from (f"- {_plain(name)}: {_escaped(shown(value, 'amount'))}" for name, value in facts)


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"**{_plain(table.caption)}**", "")
    yield _row([_plain(column.title) for column in table.columns])
    yield _row(["---" if column.kind in ("text", "date") else "---:" for column in table.columns])
    kinds = [column.kind for column in table.columns]
    for row in table.rows:
        yield _row([_escaped(shown(value, kind)) for value, kind in zip(row, kinds, strict=True)])
    for row in table.totals:
        texts = [_escaped(shown(value, kind)) for value, kind in zip(row, kinds, strict=True)]
        yield _row([f"**{text}**" if text else "" for text in texts])
    if table.note:
        yield from ("", _plain(table.note))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    return _escaped(shown(text))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)

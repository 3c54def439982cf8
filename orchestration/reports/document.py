"""What a page says, whatever it is shown on: sections of facts, words and tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Value = str | int | float | Decimal | dt.date | dt.datetime | None
"""What a cell may hold; None is shown as nothing."""

Kind = Literal["text", "amount", "number", "ratio", "date"]
"""How a column is shown: ``amount`` and ``number`` exactly, with thousands separated; ``ratio`` as it is used."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and how its values are shown."""

    title: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        caption: what it shows; every table has one, for those who hear the page rather than see it.
        columns: from left to right; the first one names the row.
        rows: values in the order of the columns.
        totals: rows at the foot.
        note: a sentence below it.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    totals: tuple[tuple[Value, ...], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a document, under a heading.

    Attributes:
        title: the heading.
        paragraphs: words.
        facts: pairs of name and value.
        tables: tables.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, Value], ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Document:
    """A page.

    Attributes:
        title: its heading.
        subtitle: what it is about, in one line.
        facts: pairs of name and value, before anything else.
        sections: its parts.
        provenance: where its figures come from, at the foot.
    """

    title: str
    subtitle: str = ""
    facts: tuple[tuple[str, Value], ...] = ()
    sections: tuple[Section, ...] = ()
    provenance: str = ""

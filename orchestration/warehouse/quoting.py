"""Names and texts as they stand in SQL: what comes from files is data, whatever quotes it holds."""

from __future__ import annotations

from collections.abc import Iterable


def identifier(name: str) -> str:
    """Return the name of a column, table or view in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[object]) -> str:
    """Return texts, or what is written as one, such as paths, as a comma-separated list of literals."""
    return ", ".join(literal(str(text)) for text in texts)

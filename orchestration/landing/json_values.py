"""Values of JSON texts as they were written: numbers keep their digits, and what kind of value a column holds is known.

A JSON parser passes numbers through a double, and an amount that has been one is no longer the amount that was billed.
"""

from __future__ import annotations

from typing import Any


class Number(str):
    """A JSON number as it was written; to be given to the parser for floats, integers and constants."""

    __slots__ = ()


class TypesOfColumns:
    """What the columns of objects hold, as it is for files that have types: text, number, boolean or nested."""

    def __init__(self) -> None:
        self._kinds: dict[str, set[str]] = {}

    def add(self, column: str, value: Any) -> None:
        """Take a value of a column into account; nulls are of every type."""
        if value is not None:
            self._kinds.setdefault(column, set()).add(_kind_of(value))

    def found(self) -> dict[str, str]:
        """Return the type of each column that holds a value; several in one column are text."""
        return {column: kinds.copy().pop() if len(kinds) == 1 else "text" for column, kinds in self._kinds.items()}


def _kind_of(value: Any) -> str:
    if isinstance(value, Number):
        return "number"
    if isinstance(value, bool):
        return "boolean"
    return "nested" if isinstance(value, list | dict) else "text"

"""How values read: exactly, the same on every medium, and without anything that a terminal or browser would obey."""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal

from orchestration.reports.document import Kind, Value

_FEWEST_DECIMALS = 2


def shown(value: Value, kind: Kind = "text") -> str:
    """Return a value as text; an amount keeps every digit it has, and at least two decimals."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, dt.date):
        return "no end" if value == dt.date(9999, 12, 31) else value.isoformat()
    if kind == "amount" and isinstance(value, Decimal):
        return exact(value)
    if isinstance(value, Decimal):
        return exact(value, fewest_decimals=0)
    if isinstance(value, int) and kind in ("amount", "number"):
        return f"{value:,}"
    if isinstance(value, float):
        return repr(value)
    return harmless(str(value))


def exact(amount: Decimal, fewest_decimals: int = _FEWEST_DECIMALS) -> str:
    """Return an amount with every digit it has, zeros at the end apart, and thousands separated."""
    whole, _, decimals = f"{amount:,f}".partition(".")
    decimals = decimals.rstrip("0").ljust(fewest_decimals, "0")
    text = f"{whole}.{decimals}" if decimals else whole
    return text.removeprefix("-") if not amount else text


def harmless(text: str) -> str:
    """Return text with what controls a terminal or turns the reading direction replaced by a visible sign."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if character in "\n\r\t" else "\N{REPLACEMENT CHARACTER}" if _is_control(character) else character
        for character in text
    )


def _is_control(character: str) -> bool:
    is_bidi = unicodedata.bidirectional(character) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return is_bidi or unicodedata.category(character) in ("Cc", "Cs")

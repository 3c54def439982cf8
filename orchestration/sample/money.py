"""Exact money and quantities as integers, and their text.

Money and prices are int64 counts of 10^-10 of a currency unit, quantities int64 counts of 10^-4 of a unit. Nothing here
passes through a float, so a sum of what was written equals a sum of what was meant.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MONEY_DIGITS = 10
QUANTITY_DIGITS = 4
MONEY: int = 10**MONEY_DIGITS
QUANTITY: int = 10**QUANTITY_DIGITS
CENT = MONEY // 100

Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


def money(text: str) -> int:
    """Return the number of 10^-10 units in a decimal text; refuses more than ten decimals."""
    scaled = Decimal(text).scaleb(MONEY_DIGITS)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{text} has more than {MONEY_DIGITS} decimals")
    return whole


def cost(rates: Ints, quantities: Ints) -> Ints:
    """Rate times quantity in 10^-10 units; exact, or an error when a product needs more than ten decimals."""
    whole, part = np.divmod(quantities, QUANTITY)
    fraction = rates * part
    if np.any(fraction % QUANTITY):
        raise ValueError("rate x quantity needs more than ten decimals")
    return np.asarray(rates * whole + fraction // QUANTITY)


def round_to_cents(amount: int) -> int:
    """Return an amount in 10^-10 units, rounded half away from zero to whole cents (still in 10^-10 units)."""
    whole = (abs(int(amount)) + CENT // 2) // CENT * CENT
    return -whole if amount < 0 else whole


def as_decimal(amount: int, digits: int = MONEY_DIGITS) -> Decimal:
    """Return the exact Decimal of an integer count of 10^-digits."""
    return Decimal(int(amount)).scaleb(-digits)


def plain(amount: int, digits: int = MONEY_DIGITS) -> str:
    """Plain decimal text without trailing zeros."""
    text = f"{as_decimal(amount, digits):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def cents(amount: int) -> str:
    """Decimal text with two places of an amount that is a whole number of cents."""
    if amount % CENT:
        raise ValueError(f"{plain(amount)} is not a whole number of cents")
    return f"{as_decimal(amount):.2f}"


def decimals(values: Ints, digits: int, *, scale: int | None = None, precision: int = 38) -> pa.Array:
    """Integers of 10^-digits as an Arrow decimal128 with ``scale`` (default: the same) decimals."""
    scale = digits if scale is None else scale
    factor = 10 ** abs(scale - digits)
    if scale < digits:
        if np.any(values % factor):
            raise ValueError(f"a value needs more than {scale} decimals")
        values = values // factor
        factor = 1
    # value x factor as a 128-bit two's complement integer: high and low product of 64 x 32 bits
    low32 = (values & 0xFFFFFFFF) * factor
    high = (values >> 32) * factor + (low32 >> 32)
    words = np.empty((len(values), 2), dtype=np.int64)
    words[:, 0] = (high << 32) | (low32 & 0xFFFFFFFF)
    words[:, 1] = high >> 32
    kind = pa.decimal128(precision, scale)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(words))])


def texts(values: Ints, digits: int = MONEY_DIGITS) -> pa.Array:
    """Decimal texts as exports write them: no trailing zeros, ``0.0`` for zero, E-notation below 10^-6."""
    raw = decimals(values, digits).cast(pa.string())
    trimmed = pc.utf8_rtrim(pc.utf8_rtrim(raw, "0"), ".")
    text = pc.if_else(pc.match_substring(raw, "E"), raw, trimmed)
    return pc.if_else(pa.array(values == 0), "0.0", text)

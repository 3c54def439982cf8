"""Seeded randomness: identifiers and draws.

One generator per part of the estate, so that parts do not disturb each other.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")

_HEX = "0123456789abcdef"
_LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"


def generator(seed: int, part: str) -> np.random.Generator:
    """Return the generator of a named part of the estate."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def digits(rng: np.random.Generator, length: int) -> str:
    """Return a decimal identifier that does not start with zero."""
    numbers = rng.integers(0, 10, length)
    numbers[0] = 1 + numbers[0] % 9
    return "".join(str(number) for number in numbers)


def hexadecimal(rng: np.random.Generator, length: int) -> str:
    """Return a hexadecimal identifier."""
    return "".join(_HEX[number] for number in rng.integers(0, 16, length))


def word(rng: np.random.Generator, length: int) -> str:
    """Return a lower-case alphanumeric identifier that starts with a letter."""
    numbers = rng.integers(0, 36, length)
    numbers[0] %= 26
    return "".join(_LOWER[number] for number in numbers)


def guid(rng: np.random.Generator) -> str:
    """Return a version 4 UUID."""
    return str(uuid.UUID(bytes=rng.bytes(16), version=4))


def pick(rng: np.random.Generator, choices: Sequence[T], weights: Sequence[float] | None = None) -> T:
    """One of the choices."""
    if weights is None:
        return choices[int(rng.integers(0, len(choices)))]
    total = sum(weights)
    mark = float(rng.random()) * total
    for choice, weight in zip(choices, weights, strict=True):
        mark -= weight
        if mark < 0:
            return choice
    return choices[-1]

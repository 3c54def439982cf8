"""Which currencies money may be in: the reference seed `seeds/reference/currencies.csv`."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

_SEED = Path(__file__).resolve().parents[1] / "seeds" / "reference" / "currencies.csv"


@cache
def currencies() -> frozenset[str]:
    """Return the known ISO 4217 codes, in capitals."""
    with _SEED.open(encoding="utf-8", newline="") as file:
        return frozenset(row["currency"] for row in csv.DictReader(file))


def is_currency(code: str) -> bool:
    """Say whether ``code`` is a known currency, exactly as ISO 4217 writes it."""
    return code in currencies()

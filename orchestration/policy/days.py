"""Half-open spans of days: which part of one is not covered by others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from orchestration.policy.cells import OPEN_END

Span = tuple[date, date]
"""First day, and the first day after the last."""


def uncovered(needed: Span, covering: Iterable[Span]) -> list[Span]:
    """Return the parts of ``needed`` that lie in none of the ``covering`` spans, in order."""
    gaps: list[Span] = []
    reached, end = needed
    for begins, ends in sorted(covering):
        if begins >= end:
            break
        if begins > reached:
            gaps.append((reached, begins))
        reached = max(reached, ends)
    if reached < end:
        gaps.append((reached, end))
    return gaps


def pieces(needed: Span, others: Iterable[Span]) -> list[Span]:
    """Cut ``needed`` at every bound of ``others``: within a piece, the same ones of them are in force."""
    begins, end = needed
    cuts = sorted({begins, end, *(day for span in others for day in span if begins < day < end)})
    return list(pairwise(cuts))


def described(span: Span) -> str:
    """Return ``from 2026-01-01 on`` or ``from 2026-01-01 to before 2026-02-01``."""
    begins, ends = span
    return f"from {begins} on" if ends >= OPEN_END else f"from {begins} to before {ends}"

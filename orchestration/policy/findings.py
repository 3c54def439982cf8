"""A policy finding: one thing that keeps a policy from being used, with its file and line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from orchestration.errors import ConfigurationError


class PolicyFinding(ConfigurationError):  # noqa: N818 - what an auditor calls it
    """One refusal of a policy file.

    Attributes:
        file: path of the CSV file as it was given.
        line: 1-based line in the file; 0 when the finding is about the file itself.
        column: column of the cell, or empty when the whole row is meant.

    """

    def __init__(self, file: str, line: int = 0, column: str = "", *, found: str, expected: str, cure: str) -> None:
        self.file = file
        self.line = line
        self.column = column
        place = file + (f": line {line}" if line else "") + (f", column {column}" if column else "")
        super().__init__(place, found=found, expected=expected, cure=cure)

    @property
    def position(self) -> tuple[str, int, str, str]:
        """Sort key: by file, line, column, then text."""
        return (self.file, self.line, self.column, self.found)


def listing(names: Iterable[str]) -> str:
    """Return ``a, b or c`` for the names, in the order given."""
    *most, last = list(names)
    return f"{', '.join(most)} or {last}" if most else last


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``Did you mean 'x'?`` for the closest known name, or an empty text when none is close."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=0.6)
    return f"Did you mean '{by_folded[close[0]]}'?" if close else ""

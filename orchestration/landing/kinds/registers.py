"""Registers kept by people (contracts, assets, ledgers): CSV files, and what their cells must hold. Pure functions."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from orchestration.errors import DeliveryRefused
from orchestration.landing.inspection import checked_names

MOST_YEARS = 100
_NUMBER = re.compile(r"-?([0-9]{1,26}\.?[0-9]*|\.[0-9]+)")
_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)
_TWELVE_DECIMALS = Decimal(1).scaleb(-12)


@dataclass(frozen=True)
class Record:
    """A row of a register.

    Attributes:
        path: the file.
        line: of the file, where the row ends.
        number: data row, from 1.
        cells: every column by its name in lower case; '' where the register says nothing.
    """

    path: str
    line: int
    number: int
    cells: Mapping[str, str]

    def date(self, column: str) -> dt.date:
        """Return a cell as a date; refuse any other text, and years that are nobody's."""
        found = self._date(column)
        if found is None or not 1900 <= found.year < 9000:
            raise self.refused(column, "a date such as 2026-01-31", "Write the date as year, month and day.")
        return found

    def last_date(self, column: str, start: dt.date) -> dt.date:
        """Return a cell as the first day after a term; refuse one that is not after its start, or out of reach.

        A term becomes a row per day or month: the open end of other tables, 9999-12-31, would become thousands.
        """
        found = self._date(column)
        if found is None or not start < found <= months_after(start, MOST_YEARS * 12):
            raise self.refused(
                column,
                f"a date such as 2026-01-31, after {start} and within {MOST_YEARS} years of it",
                "Write the first day after the term as year, month and day; it can be put off later.",
            )
        return found

    def _date(self, column: str) -> dt.date | None:
        try:
            return dt.date.fromisoformat(self.cells[column])
        except ValueError:
            return None

    def number_of(self, column: str) -> Decimal:
        """Return a cell as a number; refuse any other text."""
        if not _NUMBER.fullmatch(self.cells[column]):
            raise self.refused(
                column,
                "a number such as 1234.5, without plus sign, thousands separators or currency",
                "Write the plain number; an amount is never guessed.",
            )
        return Decimal(self.cells[column])

    def refused(self, column: str, expected: str, cure: str) -> DeliveryRefused:
        """Return the refusal of a cell."""
        found = repr(self.cells[column]) if self.cells.get(column) else "nothing"
        return DeliveryRefused(f"{self.path}:{self.line}: {column}", found=found, expected=expected, cure=cure)


def records(path: str, content: bytes) -> Iterator[Record]:
    """Yield the rows of a register.

    Raises:
        DeliveryRefused: it is not UTF-8 CSV, a column has no name or comes twice, or a row has too many or few values.
    """
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        names = checked_names([name.strip().lower() for name in next(reader, [""])], f"{path}:1")
        number = 0
        for values in reader:
            if not values:
                continue
            number += 1
            if len(values) != len(names):
                raise DeliveryRefused(
                    f"{path}:{reader.line_num}",
                    found=f"{len(values)} values",
                    expected=f"{len(names)}, as many as the header names",
                    cure="Quote a value that holds a comma, and save the register again.",
                )
            cells = dict(zip(names, (value.strip() for value in values), strict=True))
            yield Record(path, reader.line_num, number, cells)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DeliveryRefused(
            path,
            found=f"text that is not CSV ({error})",
            expected="UTF-8 CSV, separated by commas, quoted with double quotes",
            cure="Save the register again as UTF-8 CSV.",
        ) from None


def require(record: Record, columns: tuple[str, ...]) -> None:
    """Refuse a register without one of the columns."""
    for column in columns:
        if column not in record.cells:
            raise DeliveryRefused(
                f"{record.path}:1",
                found=f"no column {column} among its {len(record.cells)} columns",
                expected="the columns " + ", ".join(columns),
                cure="Add the column, and save the register again.",
            )


def product(first: Decimal, second: Decimal) -> Decimal:
    """Return a product, rounded once, half up, to 12 decimals."""
    return _EXACT.multiply(first, second).quantize(_TWELVE_DECIMALS, context=_EXACT)


def part(amount: Decimal, done: int, whole: int) -> Decimal:
    """Return ``done`` of ``whole`` equal parts of an amount, rounded half up to 12 decimals; all are the amount."""
    if done >= whole:
        return amount
    return _EXACT.divide(_EXACT.multiply(amount, Decimal(done)), Decimal(whole)).quantize(
        _TWELVE_DECIMALS, context=_EXACT
    )


def months_after(start: dt.date, count: int) -> dt.date:
    """Return the same day ``count`` months later; the last day of a month that is shorter."""
    years, month = divmod(start.month - 1 + count, 12)
    for day in range(start.day, start.day - 4, -1):
        try:
            return dt.date(start.year + years, month + 1, day)
        except ValueError:
            continue
    raise ValueError(start)

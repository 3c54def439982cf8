"""The one shape of a suite: a table, the small frame read from it, and the expectations over that frame.

Great Expectations itself is imported by the gate only, because that takes seconds: a suite names an expectation and
its arguments, and so can be listed (as Dagster's checks, in documentation) at no cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from expectations.result import Severity

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """One expectation with what a person is told when it fails.

    Attributes:
        id: unique within the suite.
        statement: what holds, as a sentence.
        expectation: class of ``great_expectations.expectations``.
        arguments: of that class.
        message: from a row that fails, or ``{"observed": value}`` for an expectation about the whole table, the text
            that names invoice, pool or mart, both figures and the difference.
        severity: whether a failure blocks, or is published with the report.
    """

    id: str
    statement: str
    expectation: str
    arguments: Mapping[str, Any]
    message: Callable[[Row], str]
    severity: Severity = "critical"


@dataclass(frozen=True)
class Suite:
    """The expectations over one table.

    Attributes:
        table: relation in the warehouse, ``schema.name``.
        query: selects the frame for the period ``$billing_period``: a control total per row, thousands at most.
        checks: what must hold.
    """

    table: str
    query: str
    checks: tuple[Check, ...]


def money(value: Decimal | None, currency: str | None = None) -> str:
    """Return an amount as people read it: thousands apart, at least two decimals and no further zeros."""
    if value is None:
        return "an unknown amount"
    whole, _, fraction = f"{value:,f}".partition(".")
    text = f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"
    return f"{text} {currency}" if currency else text


def has_rows(check_id: str, statement: str, message: str, severity: Severity = "critical") -> Check:
    """Expect at least one row: an audit that looked at nothing proves nothing."""
    return Check(check_id, statement, "ExpectTableRowCountToBeBetween", {"min_value": 1}, lambda row: message, severity)


def is_known(column: str, check_id: str, statement: str, message: Callable[[Row], str]) -> Check:
    """Expect no null in a column: a figure that is missing has not tied."""
    return Check(check_id, statement, "ExpectColumnValuesToNotBeNull", {"column": column}, message)


def is_zero(column: str, check_id: str, statement: str, message: Callable[[Row], str]) -> Check:
    """Expect exactly zero in a decimal column. A null is no finding of this one: pair it with ``is_known``."""
    arguments = {"column": column, "value_set": [Decimal(0)]}
    return Check(check_id, statement, "ExpectColumnValuesToBeInSet", arguments, message)


def is_true(
    column: str, check_id: str, statement: str, message: Callable[[Row], str], severity: Severity = "critical"
) -> Check:
    """Expect true in a boolean column that is never null."""
    arguments = {"column": column, "value_set": [True]}
    return Check(check_id, statement, "ExpectColumnValuesToBeInSet", arguments, message, severity)


def figures(row: Row) -> str:
    """Return a control total as text: what it is of, both figures and their difference."""
    currency = row.get("currency")
    return (
        f"{row['subject']}: expected {money(row['expected'], currency)}, found {money(row['actual'], currency)}, "
        f"difference {money(row['difference'], currency)}"
    )


def ties(statement: str) -> tuple[Check, Check]:
    """Return the pair that every control total has: its difference is known, and is exactly zero.

    Args:
        statement: what is equal to what, as a sentence without its full stop.
    """
    return (
        is_known(
            "difference",
            "difference_is_known",
            f"{statement}: both figures are known.",
            lambda row: f"{figures(row)}: a figure is missing",
        ),
        is_zero("difference", "difference_is_zero", f"{statement}, to the last digit.", figures),
    )

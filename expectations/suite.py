"""The one shape of a suite: a table, the small frame read from it, and the expectations over that frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from great_expectations.expectations.core import (
    ExpectColumnValuesToBeInSet,
    ExpectColumnValuesToNotBeNull,
    ExpectTableRowCountToBeBetween,
)
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.result import Severity

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """One expectation with what a person is told when it fails.

    Attributes:
        id: unique within the suite.
        statement: what holds, as a sentence.
        expectation: of Great Expectations; carries the severity.
        message: from a row that fails, or ``{"observed": value}`` for an expectation about the whole table, the text
            that names invoice, pool or mart, both figures and the difference.
    """

    id: str
    statement: str
    expectation: Expectation
    message: Callable[[Row], str]

    @property
    def severity(self) -> Severity:
        """``critical`` or ``warning``."""
        return "critical" if self.expectation.severity.value == "critical" else "warning"


@dataclass(frozen=True)
class Suite:
    """The expectations over one table.

    Attributes:
        table: relation in the warehouse.
        query: selects the frame, for the period ``$billing_period``; a control total per row, hundreds at most.
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


def has_rows(id_: str, statement: str, message: str, severity: Severity = "critical") -> Check:
    """Expect at least one row: an audit that looked at nothing proves nothing."""
    expectation = ExpectTableRowCountToBeBetween(min_value=1, severity=FailureSeverity(severity), meta={"check": id_})
    return Check(id_, statement, expectation, lambda row: message)


def is_known(column: str, id_: str, statement: str, message: Callable[[Row], str]) -> Check:
    """Expect no null in a column: a figure that is missing has not tied."""
    expectation = ExpectColumnValuesToNotBeNull(column=column, severity=FailureSeverity.CRITICAL, meta={"check": id_})
    return Check(id_, statement, expectation, message)


def is_zero(column: str, id_: str, statement: str, message: Callable[[Row], str]) -> Check:
    """Expect exactly zero in a decimal column. A null is not a finding of this one: pair it with ``is_known``."""
    expectation = ExpectColumnValuesToBeInSet(
        column=column, value_set=[Decimal(0)], severity=FailureSeverity.CRITICAL, meta={"check": id_}
    )
    return Check(id_, statement, expectation, message)


def is_true(
    column: str, id_: str, statement: str, message: Callable[[Row], str], severity: Severity = "critical"
) -> Check:
    """Expect true in a boolean column that is never null."""
    expectation = ExpectColumnValuesToBeInSet(
        column=column, value_set=[True], severity=FailureSeverity(severity), meta={"check": id_}
    )
    return Check(id_, statement, expectation, message)


def ties(subject: str) -> tuple[Check, Check]:
    """Return the pair every control total has: the difference is known, and it is exactly zero.

    Args:
        subject: what the total is of, for messages (``"focus against landing"``).
    """

    def figures(row: Row) -> str:
        currency = row.get("currency")
        return (
            f"{row['subject']}: expected {money(row['expected'], currency)}, found {money(row['actual'], currency)}, "
            f"difference {money(row['difference'], currency)}"
        )

    return (
        is_known(
            "difference",
            "difference_is_known",
            f"Every difference of {subject} is known.",
            lambda row: f"{figures(row)}: a side is missing",
        ),
        is_zero("difference", "difference_is_zero", f"Every difference of {subject} is exactly zero.", figures),
    )

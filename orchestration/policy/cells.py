"""Types of policy cells: each turns the text of one cell into a value, or says what would have been accepted.

A cell arrives stripped of outer spaces; an empty one arrives as None.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from orchestration.policy.findings import did_you_mean, listing

OPEN_END = date(9999, 12, 31)
"""``valid_to`` of a row that has no end."""


def refusal(expected: str, cure: str) -> PydanticCustomError:
    """Return the error a cell type raises; ``expected`` and ``cure`` become those of the finding."""
    return PydanticCustomError("policy_cell", "{expected}", {"expected": expected, "cure": cure})


def _required(cell: Any) -> Any:
    if cell is None:
        raise refusal("a value", "Fill the cell in; this column may not be blank.")
    return cell


def _approver(cell: Any) -> Any:
    if cell is None:
        raise refusal("the name of who approved the row", "Have the row approved and name the approver.")
    return cell


def _day(cell: Any) -> Any:
    try:
        if cell is not None and re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise refusal("a date as YYYY-MM-DD", "Write the day in full; an open end is 9999-12-31.")


def _optional_day(cell: Any) -> Any:
    return None if cell is None else _day(cell)


def _decimal(cell: Any) -> Any:
    if cell is not None and re.fullmatch(r"[+-]?\d{1,26}(\.\d{1,12})?", cell):
        return Decimal(cell)
    raise refusal(
        "a plain decimal number with at most 12 decimals",
        "Write digits and a point only: no thousands separators, percent signs or exponents.",
    )


def _share(cell: Any) -> Any:
    if cell is None:
        return None
    share = _decimal(cell)
    if not 0 <= share <= 1:
        raise refusal("a share from 0 to 1", "Write 25 % as 0.25.")
    return share


def _weight(cell: Any) -> Any:
    if cell is None:
        return None
    weight = _decimal(cell)
    if weight < 0:
        raise refusal("a weight of 0 or more", "Write what a unit of it is worth beside the others, such as 9.")
    return weight


def _not_negative(cell: Any) -> Any:
    number = _decimal(cell)
    if number < 0:
        raise refusal("a number of 0 or more", "Write the number without a sign.")
    return number


def _rate(cell: Any) -> Any:
    rate = _decimal(cell)
    if rate <= 0:
        raise refusal("a rate above 0", "Write how many units of to_currency one unit of from_currency is worth.")
    return rate


def _whole(cell: Any) -> Any:
    if cell is not None and re.fullmatch(r"\d{1,9}", cell):
        return int(cell)
    raise refusal("a whole number from 0 to 999999999", "Write digits only.")


def _yes_or_no(cell: Any) -> Any:
    if cell in ("true", "false"):
        return cell == "true"
    raise refusal("true or false", "Write true or false in lower case.")


def _month(cell: Any) -> Any:
    if cell is not None and re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", cell):
        return cell
    raise refusal("a month as YYYY-MM", "Write the billing period, such as 2026-05.")


def one_of(*words: str, blank: bool = False) -> BeforeValidator:
    """Return the validator of a cell that holds one of ``words`` exactly, or nothing if ``blank``."""

    def check(cell: Any) -> Any:
        if (cell is None and blank) or cell in words:
            return cell
        hint = did_you_mean(cell, words) if cell else ""
        raise refusal(listing((*words, "nothing") if blank else words), hint or "Choose one of these words.")

    return BeforeValidator(check)


def _window(cell: Any) -> Any:
    if cell is None or cell in WINDOWS:
        return cell
    if re.fullmatch(r"trailing_[1-9]\d{0,2}_days", cell) and int(cell.split("_")[1]) <= MOST_TRAILING_DAYS:
        return cell
    hint = did_you_mean(cell, (*WINDOWS, "trailing_30_days"))
    raise refusal(
        listing((*WINDOWS, f"trailing_<n>_days with n from 1 to {MOST_TRAILING_DAYS}", "nothing")),
        hint or "Choose one of these words.",
    )


def _attempt(cell: Any) -> Any:
    number = _whole(cell)
    if number == 0:
        raise refusal("1 or more", "Number what is tried first 1; the pool's own method is attempt 0.")
    return number


def _count(cell: Any) -> Any:
    number = _whole(cell)
    if number == 0:
        raise refusal("a whole number from 1 on", "Write at least 1.")
    return number


WINDOWS = ("charge_hour", "charge_day", "billing_month", "previous_month")
"""Times over which a driver can be measured; ``trailing_<n>_days`` is another."""

MOST_TRAILING_DAYS = 366
"""The furthest a trailing window reaches back, the charge's day included."""

Text = Annotated[str, BeforeValidator(_required)]
Approver = Annotated[str, BeforeValidator(_approver)]
Day = Annotated[date, BeforeValidator(_day)]
OptionalDay = Annotated[date | None, BeforeValidator(_optional_day)]
Number = Annotated[Decimal, BeforeValidator(_decimal)]
OptionalNumber = Annotated[Decimal | None, BeforeValidator(lambda cell: None if cell is None else _not_negative(cell))]
Price = Annotated[Decimal, BeforeValidator(_not_negative)]
Share = Annotated[Decimal | None, BeforeValidator(_share)]
Weight = Annotated[Decimal | None, BeforeValidator(_weight)]
Rate = Annotated[Decimal, BeforeValidator(_rate)]
Whole = Annotated[int, BeforeValidator(_whole)]
OptionalWhole = Annotated[int | None, BeforeValidator(lambda cell: None if cell is None else _whole(cell))]
Attempt = Annotated[int, BeforeValidator(_attempt)]
Count = Annotated[int, BeforeValidator(_count)]
Window = Annotated[str | None, BeforeValidator(_window)]
OptionalYesOrNo = Annotated[bool, BeforeValidator(lambda cell: False if cell is None else _yes_or_no(cell))]
YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no)]
Month = Annotated[str, BeforeValidator(_month)]


def same(text: str | None) -> str:
    """Return the form in which ids, names and tag values are compared: without outer spaces, in lower case."""
    return (text or "").strip().lower()


def same_key(text: str) -> str:
    """Return the form in which tag keys are compared: lower-case letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", text.lower())

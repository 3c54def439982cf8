"""Contracts: CSV files of what was committed to by negotiation, landed as one set that is replaced as a whole.

No export tells of them: a private pricing agreement, an enterprise agreement's monetary commitment. Commitments that a
bill does show (savings plans, reservations) need no row here.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from orchestration.currencies import is_currency
from orchestration.errors import DeliveryRefused
from orchestration.landing.document_sets import DocumentSet
from orchestration.landing.kinds.registers import Record, records, require

REQUIRED = (
    *("contract_id", "commitment_id", "issuer", "service_provider", "category", "type"),
    *("period_start", "period_end", "cost", "currency", "quantity", "unit"),
)
# What may be absent, and what an empty cell stands for. Lists are those of FOCUS 1.4.
CHOICES = {
    "benefit_category": ("Discount", "Entitlement", "Availability", "Other"),
    "offer_category": ("Negotiated", "Public"),
    "model": ("Continuous", "Discontinuous"),
    "fulfillment_interval": (
        *("Full Period", "Hourly", "Daily", "Weekly", "Monthly", "Quarterly", "Semi-Annual", "Annual"),
        *("Transactional", "Custom"),
    ),
    "payment_interval": ("One-Time", "Monthly", "Quarterly", "Semi-Annual", "Annual", "Custom"),
    "payment_model": ("No Upfront", "Partial Upfront", "All Upfront"),
    "lifecycle_status": ("", "Proposed", "Pending", "Active", "Exhausted", "Expired", "Canceled", "Superseded"),
}
OPTIONAL = (
    *("billing_account_id", "description", "contract_start", "contract_end", "created_on", "updated_on"),
    *("upfront_share", "discount_share", *CHOICES),
)
_CATEGORIES = ("Spend", "Usage")
_UPFRONT = {"No Upfront": Decimal(0), "All Upfront": Decimal(1)}


class Contract(BaseModel):
    """A commitment of a contract.

    Attributes:
        contract_id: the contract's number.
        commitment_id: of the commitment in it; unique over all contracts.
        issuer: as InvoiceIssuerName in the charges.
        service_provider: as ServiceProviderName in the charges.
        billing_account_id: as BillingAccountId in the charges, when the commitment is one account's; else None.
        category: Spend or Usage.
        type: what the parties call it.
        description: in words.
        period_start: first day of the commitment.
        period_end: first day after it.
        contract_start: first day of the contract.
        contract_end: first day after it.
        cost: committed amount in ``currency``; None when a quantity is committed to.
        currency: ISO 4217 code.
        quantity: committed quantity in ``unit``; None when an amount is committed to.
        unit: of the quantity.
        upfront_share: paid in advance, 0 to 1.
        discount_share: granted in return, 0 to 1; None when it is not one number.
        created_on: when it was agreed.
        updated_on: when it was last changed.
        benefit_category: one of `CHOICES`, as the next five.
        offer_category: negotiated or public.
        model: whether it can be interrupted.
        fulfillment_interval: how often it must be met.
        payment_interval: how often it is paid.
        payment_model: how much of it in advance.
        lifecycle_status: as agreed; empty when the dates tell.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    contract_id: str
    commitment_id: str
    issuer: str
    service_provider: str
    billing_account_id: str | None
    category: str
    type: str
    description: str | None
    period_start: dt.date
    period_end: dt.date
    contract_start: dt.date
    contract_end: dt.date
    cost: Decimal | None
    currency: str | None
    quantity: Decimal | None
    unit: str | None
    upfront_share: Decimal
    discount_share: Decimal | None
    created_on: dt.date
    updated_on: dt.date
    benefit_category: str
    offer_category: str
    model: str
    fulfillment_interval: str
    payment_interval: str
    payment_model: str
    lifecycle_status: str


def _contracts(path: str, content: bytes) -> Iterator[tuple[str, Contract]]:
    for record in records(path, content):
        require(record, REQUIRED)
        for column in record.cells:
            if column not in REQUIRED + OPTIONAL:
                close = difflib.get_close_matches(column, REQUIRED + OPTIONAL, n=1)
                raise DeliveryRefused(
                    f"{path}:1: {column}",
                    found="a column that contracts do not have",
                    expected="one of " + ", ".join(REQUIRED + OPTIONAL),
                    cure=f"Did you mean {close[0]}?"
                    if close
                    else "Remove the column, or name it as the documentation does.",
                )
        yield f"{path}:{record.line}", _contract(record)


def _contract(record: Record) -> Contract:
    for column in ("contract_id", "commitment_id", "issuer", "service_provider", "type"):
        if not record.cells[column]:
            raise record.refused(column, "a value", "Fill it in, as it is in the contract and in the charges.")
    category = record.cells["category"]
    if category not in _CATEGORIES:
        raise record.refused("category", "one of " + ", ".join(_CATEGORIES), "Say what was committed to.")
    period_start, period_end = _span(record, "period_start", "period_end", record.date("period_start"), None)
    contract_start, contract_end = _span(record, "contract_start", "contract_end", period_start, period_end)
    if period_start < contract_start or period_end > contract_end:
        raise record.refused(
            "period_end",
            f"a commitment within its contract, {contract_start} to {contract_end}",
            "Correct the dates; ends are the first day that is not covered any more.",
        )
    chosen = {column: _choice(record, column, allowed) for column, allowed in CHOICES.items()}
    cost, currency = _pair(record, "cost", "currency", is_needed=category == "Spend")
    quantity, unit = _pair(record, "quantity", "unit", is_needed=category == "Usage")
    if currency is not None and not is_currency(currency):
        raise record.refused("currency", "an ISO 4217 currency code in capitals", "Correct the code.")
    created_on = record.date("created_on") if record.cells.get("created_on") else contract_start
    return Contract(
        contract_id=record.cells["contract_id"],
        commitment_id=record.cells["commitment_id"],
        issuer=record.cells["issuer"],
        service_provider=record.cells["service_provider"],
        billing_account_id=record.cells.get("billing_account_id") or None,
        category=category,
        type=record.cells["type"],
        description=record.cells.get("description") or None,
        period_start=period_start,
        period_end=period_end,
        contract_start=contract_start,
        contract_end=contract_end,
        cost=cost,
        currency=currency,
        quantity=quantity,
        unit=unit,
        upfront_share=_upfront_share(record, chosen["payment_model"]),
        discount_share=_share(record, "discount_share"),
        created_on=created_on,
        updated_on=record.date("updated_on") if record.cells.get("updated_on") else created_on,
        **chosen,
    )


def _span(
    record: Record, start: str, end: str, default_start: dt.date, default_end: dt.date | None
) -> tuple[dt.date, dt.date]:
    first = record.date(start) if record.cells.get(start) else default_start
    last = record.date(end) if record.cells.get(end) or default_end is None else default_end
    if last <= first:
        raise record.refused(end, f"the first day after the term, later than {first}", f"Correct {start} or {end}.")
    return first, last


def _choice(record: Record, column: str, allowed: tuple[str, ...]) -> str:
    """Return a cell of a fixed list; the list's first value when it is empty."""
    value = record.cells.get(column) or allowed[0]
    if value not in allowed:
        raise record.refused(
            column, "one of " + ", ".join(filter(None, allowed)), "Write the value as FOCUS spells it."
        )
    return value


def _pair(record: Record, number: str, of: str, *, is_needed: bool) -> tuple[Decimal | None, str | None]:
    """Return an amount and what it is of; both or neither, and both where the category needs them."""
    if not is_needed and not record.cells[number] and not record.cells[of]:
        return None, None
    value = record.number_of(number)
    if value != value.quantize(Decimal("1e-12")):
        raise record.refused(number, "at most 12 decimals", "Round it as the contract does.")
    if not record.cells[of]:
        raise record.refused(of, f"what {number} is in", "Fill it in.")
    return value, record.cells[of]


def _share(record: Record, column: str) -> Decimal | None:
    if not record.cells.get(column):
        return None
    value = record.number_of(column)
    if not 0 <= value <= 1:
        raise record.refused(column, "a share from 0 to 1", "Write 12.5 % as 0.125.")
    return value


def _upfront_share(record: Record, payment_model: str) -> Decimal:
    share = _share(record, "upfront_share")
    if payment_model in _UPFRONT:
        fixed = _UPFRONT[payment_model]
        if share not in (None, fixed):
            raise record.refused(
                "upfront_share", f"{fixed}, as payment_model is {payment_model}", "Correct one of the two."
            )
        return fixed
    if share is None or not 0 < share < 1:
        raise record.refused(
            "upfront_share", "a share between 0 and 1, as payment_model is Partial Upfront", "Write 25 % as 0.25."
        )
    return share


def _concerns(contract: Contract, billing_period: str) -> bool:
    start = dt.date.fromisoformat(f"{billing_period}-01")
    end = (start + dt.timedelta(days=31)).replace(day=1)
    return contract.period_start < end and contract.period_end > start


CONTRACTS = DocumentSet(
    name="contracts",
    model=Contract,
    read=_contracts,
    key=lambda contract: contract.commitment_id,
    key_column="commitment_id",
    twice=lambda contract: (
        contract.commitment_id,
        "each commitment once",
        "Give each commitment of a contract an id of its own, such as its number and a year.",
    ),
    concerns=_concerns,
    expected="CSV files of contracts",
)

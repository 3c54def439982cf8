"""Invoices: CSV files of the issuers' documents, landed as one set that is replaced as a whole.

Columns: issuer, invoice_id, billing_account_id, billing_period, currency, subtotal, tax, total, issued_on, status; and
where the document says so due_on, payment_terms, purchase_order, reference_invoice_id.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from pydantic import BaseModel, ConfigDict

from orchestration.currencies import is_currency
from orchestration.errors import DeliveryRefused
from orchestration.landing.document_sets import DocumentSet
from orchestration.landing.kinds.registers import Record, records, require

COLUMNS = (
    "issuer",
    "invoice_id",
    "billing_account_id",
    "billing_period",
    "currency",
    "subtotal",
    "tax",
    "total",
    "issued_on",
    "status",
)
# What a file need not have: what FOCUS's Invoice Detail wants to know beyond the amounts.
OPTIONAL = ("due_on", "payment_terms", "purchase_order", "reference_invoice_id")
STATUSES = ("open", "issued", "voided")
_NUMBER = re.compile(r"-?(\d{1,26}\.?\d*|\.\d+)([eE][-+]?\d{1,3})?")
_PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Invoice(BaseModel):
    """An invoice document.

    Attributes:
        issuer: as FOCUS's InvoiceIssuerName in the charges.
        invoice_id: the document's number; empty while there is none.
        billing_account_id: the account it is addressed to.
        billing_period: month it bills, YYYY-MM.
        currency: ISO 4217 code of the amounts.
        subtotal: amount before tax; None when the issuer does not say.
        tax: tax; None when the issuer does not say.
        total: amount payable.
        issued_on: date of the document; None while open.
        status: open, issued or voided.
        due_on: date on which it must be paid; None when not said.
        payment_terms: such as "30 days net"; None when not said.
        purchase_order: the customer's number for it; None when not said.
        reference_invoice_id: the invoice that it corrects; None when it corrects none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str
    invoice_id: str
    billing_account_id: str
    billing_period: str
    currency: str
    subtotal: Decimal | None
    tax: Decimal | None
    total: Decimal
    issued_on: dt.date | None
    status: str
    due_on: dt.date | None = None
    payment_terms: str | None = None
    purchase_order: str | None = None
    reference_invoice_id: str | None = None


def _documents(path: str, content: bytes) -> Iterator[tuple[str, Invoice]]:
    for record in records(path, content):
        require(record, COLUMNS)
        yield f"{path}:{record.line}", _invoice(record)


def _invoice(record: Record) -> Invoice:
    values = {name: record.cells.get(name, "") for name in COLUMNS + OPTIONAL}
    if not values["issuer"]:
        raise _bad(record, "issuer", "the issuer as InvoiceIssuerName in the charges")
    if not _PERIOD.fullmatch(values["billing_period"]):
        raise _bad(record, "billing_period", "a month, YYYY-MM")
    if not is_currency(values["currency"]):
        raise _bad(record, "currency", "an ISO 4217 currency code in capitals")
    if values["status"] not in STATUSES:
        raise _bad(record, "status", "one of " + ", ".join(STATUSES))
    total = _amount(record, "total")
    if total is None:
        raise _bad(record, "total", "an amount")
    return Invoice(
        issuer=values["issuer"],
        invoice_id=values["invoice_id"],
        billing_account_id=values["billing_account_id"],
        billing_period=values["billing_period"],
        currency=values["currency"],
        subtotal=_amount(record, "subtotal"),
        tax=_amount(record, "tax"),
        total=total,
        issued_on=_day(record, "issued_on"),
        status=values["status"],
        due_on=_day(record, "due_on"),
        payment_terms=values["payment_terms"] or None,
        purchase_order=values["purchase_order"] or None,
        reference_invoice_id=values["reference_invoice_id"] or None,
    )


def _amount(record: Record, name: str) -> Decimal | None:
    if not record.cells[name]:
        return None
    try:
        if _NUMBER.fullmatch(record.cells[name]):
            amount = Decimal(record.cells[name])
            exact = amount.quantize(Decimal("1e-12"))
            if exact == amount:
                return exact
    except InvalidOperation:
        pass
    raise _bad(record, name, "a number such as 1234.5, with at most 12 decimals and without thousands separators")


def _day(record: Record, name: str) -> dt.date | None:
    return record.date(name) if record.cells.get(name) else None


def _bad(record: Record, name: str, expected: str) -> DeliveryRefused:
    return record.refused(name, expected, "Correct the row.")


def _key(invoice: Invoice) -> object | None:
    """Return what tells a document; an open month's have no number yet: an issuer may have several, which add up."""
    if not invoice.invoice_id:
        return None
    return (
        invoice.issuer,
        invoice.invoice_id,
        invoice.billing_account_id,
        invoice.billing_period,
        invoice.currency,
    )


INVOICES = DocumentSet(
    name="invoices",
    model=Invoice,
    read=_documents,
    key=_key,
    key_column="invoice_id",
    twice=lambda invoice: (
        f"invoice {invoice.invoice_id} of {invoice.issuer}",
        "each document once",
        "Keep the row that is in force; a voided document has status voided, not a second row.",
    ),
    concerns=lambda invoice, billing_period: invoice.billing_period == billing_period,
    expected="one CSV file per issuer",
    nothing=hashlib.sha256(b"").hexdigest(),
)

"""Invoices: CSV files of the issuers' documents, landed as one set that is replaced as a whole.

Columns: issuer, invoice_id, billing_account_id, billing_period, currency, subtotal, tax, total, issued_on, status; and
where the document says so due_on, payment_terms, purchase_order, reference_invoice_id.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from orchestration.currencies import is_currency
from orchestration.errors import DeliveryRefused, TieoutError
from orchestration.home import Home
from orchestration.landing.inspection import checked_names
from orchestration.landing.receipts import replace_text
from orchestration.landing.store import Store, open_store

if TYPE_CHECKING:
    from orchestration.estate import Estate

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


class LandedInvoices(BaseModel):
    """All invoices of an estate, as landed together.

    Attributes:
        fingerprint: sha256 over the files' names and contents.
        files: path → sha256.
        invoices: the documents, in file and row order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fingerprint: str
    files: dict[str, str]
    invoices: tuple[Invoice, ...]


class InvoiceLanding(BaseModel):
    """What became of the invoices.

    Attributes:
        landed: the invoices in force now; None when there are none.
        is_new: whether they differ from what was in force before.
        refusals: why nothing was replaced; what was in force before stays.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    landed: LandedInvoices | None = None
    is_new: bool = False
    refusals: list[TieoutError] = []


def land_invoices(estate: Estate, home: Home, *, store: Store | None = None) -> InvoiceLanding:
    """Land the estate's invoices: every CSV file of their location, as one set.

    Args:
        estate: names the location; without one there are no invoices.
        home: where to land them.
        store: the opened location; None opens it.

    Returns:
        What is in force afterwards. A file that cannot be used is a refusal, and then nothing is replaced.
    """
    before = _read(home)
    if estate.invoices is None:
        return InvoiceLanding(landed=None)
    try:
        store = store or open_store(estate.invoices.location)
        landed = _landed(store)
    except TieoutError as refusal:
        return InvoiceLanding(landed=before, refusals=[refusal])
    is_new = before is None or before.fingerprint != landed.fingerprint
    if is_new:
        replace_text(_file(home), landed.model_dump_json(indent=1) + "\n")
    return InvoiceLanding(landed=landed, is_new=is_new)


def invoices_revision(invoices: Iterable[Invoice], billing_period: str) -> str:
    """Return the identity of the invoices of a period: SHA-256 over their contents, in any order."""
    return hashlib.sha256(_contents(invoices, billing_period).encode()).hexdigest()


def keep_invoices(home: Home, invoices: Iterable[Invoice], billing_period: str) -> None:
    """Keep the documents of a period under the name of their revision, for as long as the home lasts."""
    content = _contents(invoices, billing_period)
    file = kept_invoices_file(home, hashlib.sha256(content.encode()).hexdigest())
    if content and not file.is_file():
        replace_text(file, content)
        file.chmod(0o444)


def kept_invoices(home: Home, revision: str) -> list[Invoice]:
    """Return the documents that were kept under a revision; none for a period without any."""
    file = kept_invoices_file(home, revision)
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [Invoice.model_validate_json(line) for line in lines]


def kept_invoices_file(home: Home, revision: str) -> Path:
    """Return where the documents of a revision are kept, one per line; its SHA-256 is the revision."""
    return home.landing / "invoices" / "kept" / f"{revision}.jsonl"


def write_invoices(folder: Path, invoices: Iterable[Invoice]) -> None:
    """Write documents as the CSV file that an estate's invoices are read from."""
    folder.mkdir(parents=True)
    with (folder / "invoices.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS + OPTIONAL)
        for invoice in invoices:
            values = [getattr(invoice, name) for name in COLUMNS + OPTIONAL]
            writer.writerow([f"{value:f}" if isinstance(value, Decimal) else value for value in values])


def _contents(invoices: Iterable[Invoice], billing_period: str) -> str:
    return "\n".join(
        sorted(invoice.model_dump_json() for invoice in invoices if invoice.billing_period == billing_period)
    )


def landed_invoices(home: Home, estate: Estate) -> list[tuple[object, ...]]:
    """Return the invoices in force as rows in the order of `COLUMNS`, then `OPTIONAL`."""
    landed = _read(home) if estate.invoices is not None else None
    names = COLUMNS + OPTIONAL
    return [tuple(getattr(invoice, name) for name in names) for invoice in landed.invoices] if landed else []


def _file(home: Home) -> Path:
    return home.landing / "invoices" / "invoices.json"


def _read(home: Home) -> LandedInvoices | None:
    file = _file(home)
    return LandedInvoices.model_validate_json(file.read_bytes()) if file.is_file() else None


def _landed(store: Store) -> LandedInvoices:
    hashes: dict[str, str] = {}
    invoices: list[Invoice] = []
    first: dict[tuple[str, ...], str] = {}
    for path in store.files():
        if PurePosixPath(path).suffix.lower() != ".csv":
            continue
        content = store.read(path)
        hashes[path] = hashlib.sha256(content).hexdigest()
        for line, invoice in _documents(path, content):
            key = (
                invoice.issuer,
                invoice.invoice_id,
                invoice.billing_account_id,
                invoice.billing_period,
                invoice.currency,
            )
            where = f"{path}:{line}"
            # An open month's documents have no number yet; an issuer may have several, which add up.
            if invoice.invoice_id and key in first:
                raise DeliveryRefused(
                    where,
                    found=f"invoice {invoice.invoice_id} of {invoice.issuer}, already at {first[key]}",
                    expected="each document once",
                    cure="Keep the row that is in force; a voided document has status voided, not a second row.",
                )
            first[key] = where
            invoices.append(invoice)
    if not hashes:
        raise DeliveryRefused(
            store.address,
            found="no CSV file",
            expected="one CSV file per issuer",
            cure="Correct invoices.location in the estate file, or remove it.",
        )
    text = "\n".join(f"{path} {digest}" for path, digest in sorted(hashes.items()))
    return LandedInvoices(fingerprint=hashlib.sha256(text.encode()).hexdigest(), files=hashes, invoices=tuple(invoices))


def _documents(path: str, content: bytes) -> list[tuple[int, Invoice]]:
    try:
        text = content.decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = checked_names([name.strip().lower() for name in next(reader, [])], f"{path}:1")
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            raise DeliveryRefused(
                f"{path}:1",
                found=f"no column {missing[0]}",
                expected="the columns " + ", ".join(COLUMNS),
                cure="Add the column; a value that is not known may be empty where the documentation says so.",
            )
        documents = []
        for values in reader:
            if not values:
                continue
            where = f"{path}:{reader.line_num}"
            if len(values) != len(header):
                raise DeliveryRefused(
                    where,
                    found=f"{len(values)} values",
                    expected=f"{len(header)}, as many as the header names",
                    cure="Quote values that hold a comma, and complete the row.",
                )
            documents.append((reader.line_num, _invoice(where, dict(zip(header, values, strict=True)))))
        return documents
    except (UnicodeDecodeError, csv.Error) as error:
        raise DeliveryRefused(
            path,
            found=f"text that cannot be read ({error})",
            expected="UTF-8 CSV, separated by commas",
            cure="Save the file again as UTF-8 CSV.",
        ) from None


def _invoice(where: str, row: dict[str, str]) -> Invoice:
    values = {name: row.get(name, "").strip() for name in COLUMNS + OPTIONAL}
    if not values["issuer"]:
        raise _bad(where, "issuer", "", "the issuer as InvoiceIssuerName in the charges")
    if not _PERIOD.fullmatch(values["billing_period"]):
        raise _bad(where, "billing_period", values["billing_period"], "a month, YYYY-MM")
    if not is_currency(values["currency"]):
        raise _bad(where, "currency", values["currency"], "an ISO 4217 currency code in capitals")
    if values["status"] not in STATUSES:
        raise _bad(where, "status", values["status"], "one of " + ", ".join(STATUSES))
    total = _amount(where, "total", values["total"])
    if total is None:
        raise _bad(where, "total", "", "an amount")
    return Invoice(
        issuer=values["issuer"],
        invoice_id=values["invoice_id"],
        billing_account_id=values["billing_account_id"],
        billing_period=values["billing_period"],
        currency=values["currency"],
        subtotal=_amount(where, "subtotal", values["subtotal"]),
        tax=_amount(where, "tax", values["tax"]),
        total=total,
        issued_on=_day(where, "issued_on", values["issued_on"]),
        status=values["status"],
        due_on=_day(where, "due_on", values["due_on"]),
        payment_terms=values["payment_terms"] or None,
        purchase_order=values["purchase_order"] or None,
        reference_invoice_id=values["reference_invoice_id"] or None,
    )


def _amount(where: str, name: str, text: str) -> Decimal | None:
    if not text:
        return None
    try:
        if _NUMBER.fullmatch(text):
            amount = Decimal(text)
            exact = amount.quantize(Decimal("1e-12"))
            if exact == amount:
                return exact
    except InvalidOperation:
        pass
    raise _bad(where, name, text, "a number such as 1234.5, with at most 12 decimals and without thousands separators")


def _day(where: str, name: str, text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise _bad(where, name, text, "a date, YYYY-MM-DD") from None


def _bad(where: str, name: str, found: str, expected: str) -> DeliveryRefused:
    return DeliveryRefused(
        f"{where}: {name}", found=repr(found) if found else "nothing", expected=expected, cure="Correct the row."
    )

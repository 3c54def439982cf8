"""What the providers invoiced: one file per issuer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.sample.calendar import Month
from orchestration.sample.deliveries import write_rows
from orchestration.sample.lines import shift
from orchestration.sample.money import cents

HEADER = [
    "issuer", "invoice_id", "billing_account_id", "billing_period", "currency", "subtotal", "tax", "total", "issued_on",
    "status",
]  # fmt: skip


@dataclass(frozen=True)
class Invoice:
    """An invoice document; amounts in whole cents, as 10^-10 units. ``exported`` is what the export's rows sum to."""

    file: str
    issuer: str
    invoice_id: str
    billing_account_id: str
    month: Month
    currency: str
    subtotal: int
    tax: int
    status: str
    exported: int
    tax_in_export: bool
    rows: int

    @property
    def total(self) -> int:
        """What is to be paid."""
        return self.subtotal + self.tax

    @property
    def tied(self) -> int:
        """The figure that the export's rows must come to."""
        return self.total if self.tax_in_export else self.subtotal

    @property
    def issued_on(self) -> date | None:
        """The third of the next month; nothing while open."""
        return shift(self.month.next.first, 2) if self.status == "issued" else None


def write_invoices(folder: Path, invoices: list[Invoice]) -> None:
    """Write the invoices, oldest first."""
    for file in dict.fromkeys(invoice.file for invoice in invoices):
        rows = [
            [
                invoice.issuer,
                invoice.invoice_id,
                invoice.billing_account_id,
                invoice.month.key,
                invoice.currency,
                cents(invoice.subtotal),
                cents(invoice.tax),
                cents(invoice.total),
                invoice.issued_on.isoformat() if invoice.issued_on else "",
                invoice.status,
            ]
            for invoice in invoices
            if invoice.file == file
        ]
        write_rows(folder / f"{file}.csv", HEADER, rows)

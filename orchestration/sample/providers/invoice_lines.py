"""What Microsoft invoices and no export holds: a support plan and its tax, written down from the documents."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from orchestration.sample.calendar import Month, month_slot
from orchestration.sample.chance import digits, generator
from orchestration.sample.deliveries import Delivery, Placed, write_csv
from orchestration.sample.lines import Event, Lines, shift
from orchestration.sample.money import cents, money
from orchestration.sample.providers.azure_ea import ENROLMENT, ENROLMENT_NAME, EnterpriseBill
from orchestration.sample.providers.small import InvoiceOf, SmallBill, whole

_HEADER = ["issuer", "invoice_id", "line_id", "billing_account_id", "billing_account_name", "billing_period",
           "currency", "charge_category", "description", "service_name", "sub_account_id", "sub_account_name",
           "amount", "booked_by"]  # fmt: skip
_PLAN = money("860")
_TAX_PERCENT = 20


class SupportInvoices(SmallBill):
    """The support plan of the older enrolment, which comes on an invoice of its own; a subscription bears it."""

    source_id = "azure-invoices"
    kind = "invoice_lines"
    currency = "GBP"
    issuer = "Microsoft"
    tax_beside = None

    def _make(self) -> None:
        (self._subscription,) = self.accounts.of(EnterpriseBill.source_id, "dedicated")
        if self._subscription.ownership is None:
            raise AssertionError("a dedicated subscription must be owned")
        self._support, self._tax = (self._add(kind, self._subscription.ownership) for kind in ("support", "tax"))

    def _events(self, month: Month) -> list[Event]:
        slot = month_slot(month)
        tax = _PLAN * _TAX_PERCENT // 100
        return [Event(self._support, slot, _PLAN, _PLAN, _PLAN), Event(self._tax, slot, tax, tax, tax)]

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's invoice."""
        return [(self._invoice(month), ENROLMENT, self.issuer, whole(lines))]

    def _invoice(self, month: Month) -> str:
        return f"E0700{digits(generator(self.seed, f'azure-support-{month.key}'), 5)}"

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write the lines of all months into one file."""
        rows = []
        for month, lines in months.items():
            invoice = "" if self.calendar.is_open(month) else self._invoice(month)
            for number, (category, description, service) in enumerate(
                (("Purchase", "Professional Direct support", "Azure Support"), ("Tax", "VAT 20 %", "")), start=1
            ):
                rows.append([
                    self.issuer, invoice, str(number) if invoice else "", ENROLMENT, ENROLMENT_NAME, month.key,
                    self.currency, category, description, service, self._subscription.account_id,
                    self._subscription.name, cents(int(lines.billed[number - 1])), "accounts payable",
                ])  # fmt: skip
        made = f"{shift(self.calendar.months[-1].next.first, 5):%Y%m%d}"
        file = write_csv(location, f"microsoft-{made}.csv", _HEADER, rows)
        keys = ",".join(month.key for month in months)
        return [
            (
                Delivery(self.source_id, keys, "microsoft", made, True, [file]),
                [
                    Placed(file, month, whole(lines), np.array([1, 2], dtype=np.int64) + 2 * position)
                    for position, (month, lines) in enumerate(months.items())
                ],
            )
        ]

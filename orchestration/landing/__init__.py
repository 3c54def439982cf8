"""Landing: what the providers delivered, unchanged in meaning, once; a restated month replaces the month."""

from orchestration.landing.catalog import column_changes, compared_receipts, in_force, register, set_scope
from orchestration.landing.contracts import CONTRACTS
from orchestration.landing.invoices import INVOICES
from orchestration.landing.land import LandingResult, LateDelivery, Pending, land_source, pending
from orchestration.landing.receipts import Receipt

__all__ = [
    "CONTRACTS",
    "INVOICES",
    "LandingResult",
    "LateDelivery",
    "Pending",
    "Receipt",
    "column_changes",
    "compared_receipts",
    "in_force",
    "land_source",
    "pending",
    "register",
    "set_scope",
]

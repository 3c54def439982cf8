"""Landing: what the providers delivered, unchanged in meaning, once; a restated month replaces the month."""

from orchestration.landing.catalog import column_changes, in_force, register
from orchestration.landing.contracts import land_contracts
from orchestration.landing.invoices import land_invoices
from orchestration.landing.land import LandingResult, LateDelivery, Pending, land_source, pending
from orchestration.landing.receipts import Receipt

__all__ = [
    "LandingResult",
    "LateDelivery",
    "Pending",
    "Receipt",
    "column_changes",
    "in_force",
    "land_contracts",
    "land_invoices",
    "land_source",
    "pending",
    "register",
]

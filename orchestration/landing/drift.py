"""How the columns of a delivery differ from those of the delivery before it, which is what people must be told.

A receipt says how a delivery differs from what is declared; that is the same every month, and nobody reads it twice. A
column that appears, disappears or changes its type since the last delivery is news. Pure functions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from orchestration.landing.receipts import Receipt


@dataclass(frozen=True)
class ColumnChanges:
    """Columns that are not as in the delivery before; for the first of a scope, columns that nobody declared.

    Attributes:
        appeared: names that are new; they travel in `_extra_columns` unless they are declared.
        disappeared: names that are gone; where they are declared, they are landed as nulls.
        retyped: names whose type is another, each with both, for files that have types.
    """

    appeared: tuple[str, ...] = ()
    disappeared: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.appeared or self.disappeared or self.retyped)

    def __str__(self) -> str:
        """Return the changes as people read them; '' without any."""
        parts = (("new", self.appeared), ("gone", self.disappeared), ("of another type", self.retyped))
        return "; ".join(f"{word}: {', '.join(names)}" for word, names in parts if names)

    def as_values(self) -> dict[str, Any]:
        """Return the changes as plain values."""
        return asdict(self)


def changes_of(receipts: Iterable[Receipt], standing: Collection[str]) -> dict[str, ColumnChanges]:
    """Return the changes of each delivery against the one before it, by delivery identifier.

    Args:
        receipts: every receipt of one source, in force or not.
        standing: identifiers of those in force.
    """
    receipts = list(receipts)
    before = deliveries_before(receipts, standing)
    return {receipt.delivery_id: _changes(receipt, before[receipt.delivery_id]) for receipt in receipts}


def deliveries_before(receipts: Iterable[Receipt], standing: Collection[str]) -> dict[str, Receipt | None]:
    """Return the delivery that each one is compared with; None for the first of a scope.

    Args:
        receipts: every receipt of one source, in force or not.
        standing: identifiers of those in force: of deliveries made at the same time, the one in force is the newer.

    Returns:
        Receipts by delivery identifier. The delivery before is the newest of the same scope and month that was made
        earlier; else one of the last month before. Two scopes may differ for good (one account's export has columns
        that another's has not), which is no news of either.
    """
    ordered = sorted(
        receipts,
        key=lambda receipt: (
            receipt.billing_period,
            receipt.delivered_at,
            receipt.delivery_id in standing,
            receipt.delivery_id,
        ),
    )
    found: dict[str, Receipt | None] = {}
    newest: dict[str, Receipt] = {}
    for receipt in ordered:
        found[receipt.delivery_id] = newest.get(receipt.scope)
        newest[receipt.scope] = receipt
    return found


def _changes(receipt: Receipt, earlier: Receipt | None) -> ColumnChanges:
    if earlier is None:
        return ColumnChanges(appeared=receipt.drift.undeclared)
    now, then = ({name.lower(): name for name in item.found_columns} for item in (receipt, earlier))
    types = {name.lower(): kind for name, kind in earlier.column_types.items()}
    return ColumnChanges(
        appeared=tuple(now[name] for name in sorted(now.keys() - then.keys())),
        disappeared=tuple(then[name] for name in sorted(then.keys() - now.keys())),
        retyped=tuple(
            f"{name} ({types[name.lower()]}, now {kind})"
            for name, kind in sorted(receipt.column_types.items())
            if types.get(name.lower(), kind) != kind
        ),
    )

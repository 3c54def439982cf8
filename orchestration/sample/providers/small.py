"""What the small bills have in common: some hundred lines a month, made one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from orchestration.sample.accounts import Account, Accounts
from orchestration.sample.calendar import Month, Slot, day_slots
from orchestration.sample.chance import generator, pick, word
from orchestration.sample.company import NOBODY, UNKNOWN_TAG, Company, Outcome, Ownership, always
from orchestration.sample.deliveries import Delivery, Placed
from orchestration.sample.lines import Event, Lines, Stream, event_lines
from orchestration.sample.money import QUANTITY, Bools, Ints, money
from orchestration.sample.placement import COST_CENTRE_KEYS, Evidence, drifted, product_tags

InvoiceOf = tuple[str, str, str, Ints]
"""Number, billing account and issuer of an invoice, and the lines it bills."""


class SmallBill(ABC):
    """A supplier's bill: streams made once, then the lines of each month, then its files over all months.

    Attributes:
        source_id: of the source, and the name of its folder.
        kind: of the source.
        currency: of all amounts.
        issuer: who invoices.
        tags: whether the supplier's charges can be tagged at all.
        tax_beside: percent of tax that the invoice adds; None when the export has tax lines of its own.
        bounded: whether the estate file must bound the source, since its files tell of other months, too.

    """

    source_id: str
    kind: str
    currency = "USD"
    issuer: str
    tags = False
    tax_beside: int | None = 0
    bounded = False

    def __init__(self, company: Company, accounts: Accounts, evidence: Evidence, seed: int) -> None:
        self.company = company
        self.calendar = company.calendar
        self.accounts = accounts
        self.evidence = evidence
        self.seed = seed
        self.streams: list[Stream] = []
        self._rng = generator(seed, self.source_id)
        self._make()

    # -- what each supplier says for itself ------------------------------------------------------------------------

    @abstractmethod
    def _make(self) -> None:
        """Make the streams, and plant the evidence that leads to their owners."""

    @abstractmethod
    def _events(self, month: Month) -> list[Event]:
        """Return the lines of a month, in the order they are written."""

    @abstractmethod
    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's invoices."""

    @abstractmethod
    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write every file below the estate's exports; of deliveries in force, say where which line stands."""

    # -- what they share -------------------------------------------------------------------------------------------

    def lines(self, month: Month) -> Lines:
        """Every line of a billing month."""
        return event_lines([], self._events(month))

    def tax_rows(self, lines: Lines) -> Bools:
        """Which lines are tax."""
        return np.array([stream.kind == "tax" for stream in self.streams])[lines.stream]

    def _add(self, kind: str, ownership: Ownership, **flags: object) -> int:
        """Add a stream; ``rate`` and ``per_day`` of the flags are its price (text) and daily quantity (whole units)."""
        stream = Stream({}, kind, ownership, flags=dict(flags))
        stream.rate = stream.list_rate = stream.effective_rate = money(str(flags.get("rate", "0")))
        stream.per_day = int(float(str(flags.get("per_day", 0))) * QUANTITY)
        self.streams.append(stream)
        return len(self.streams) - 1

    def _open(self, account_id: str, name: str, ownership: Ownership | None = None) -> Account:
        """Open an account of the supplier's, below the shared services unless it is dedicated."""
        return self.accounts.open(self.source_id, account_id, name, "ou-shared", ownership)

    def _thing(self, how: str, of: str) -> tuple[Ownership, dict[str, str], str]:
        """Return the owner, the tags and the name of a thing.

        Args:
            how: its owner can be found: ``tag``, ``centre`` (the tag of a cost centre), ``naming``, ``cmdb``,
                ``account``, ``unknown`` (a tag that means nothing) or ``nobody``.
            of: ``<product> <environment>``, or a cost centre.

        """
        name = word(self._rng, 9)
        if how in {"unknown", "nobody"}:
            return (
                (always(UNKNOWN_TAG), {pick(self._rng, COST_CENTRE_KEYS): of}, name)
                if how == "unknown"
                else (always(NOBODY), {}, name)
            )
        if of in self.company.cost_centres:
            method = "tag" if how == "centre" else how
            tags = {pick(self._rng, COST_CENTRE_KEYS): drifted(of, self._rng)} if how == "centre" else {}
            return always(Outcome(self.company.general(of), None, method)), tags, name
        product, environment = of.split()
        tags = product_tags(product, environment, self._rng) if how == "tag" else {}
        name = f"{product}-{environment}-{name}" if how == "naming" else name
        return self.company.owned(product, environment, how), tags, name

    def _known(self, resource_id: str, ownership: Ownership, name: str = "") -> None:
        """Let the CMDB know a thing by its id, or else by its name."""
        self.evidence.cmdb.append((resource_id, name, ownership))

    def _rule(self, rule_id: str, kind: str, rationale: str, **match: str) -> None:
        """Add an ownership rule of this source."""
        self.evidence.rules.append((rule_id, kind, rationale, {"source_id": self.source_id, **match}))

    def _slots(self, month: Month) -> list[Slot]:
        """Return the days of a month that have usage."""
        return day_slots(month, self.calendar.days(month))

    def _metered(self, month: Month, chosen: Sequence[int], *, zone: str = "UTC") -> list[Event]:
        """Return a line per day and chosen stream: a quantity that varies, times the stream's price."""
        rng = generator(self.seed, f"{self.source_id}-{month.key}")
        events = []
        for slot in day_slots(month, self.calendar.days(month), zone):
            for index in chosen:
                stream = self.streams[index]
                quantity = stream.per_day * int(rng.integers(84, 117)) // 100
                # a price with many decimals is only multiplied by whole units: amounts have ten decimals
                if stream.rate % QUANTITY or stream.list_rate % QUANTITY:
                    quantity = max(quantity // QUANTITY, 1) * QUANTITY
                amount = stream.rate * quantity // QUANTITY
                listed = stream.list_rate * quantity // QUANTITY
                events.append(Event(index, slot, amount, amount, amount, quantity, listed))
        return events


def whole(lines: Lines) -> Ints:
    """Return the positions of all lines."""
    return np.arange(len(lines), dtype=np.int64)

"""What a preview tells."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal


@dataclass(frozen=True)
class PolicyChange:
    """A row of a policy file that only one of the two policies has.

    Attributes:
        table: the file, without ``.csv``.
        change: ``added`` or ``removed``; an edited row is one of each.
        cells: the row, blank cells left out.
    """

    table: str
    change: Literal["added", "removed"]
    cells: dict[str, str]


@dataclass(frozen=True)
class Effect:
    """Effective cost that one thing bears, or that goes through it, under both policies.

    Attributes:
        name: cost centre, pool or rule.
        before: under the policy in force, in ``currency``.
        after: under the changed policy, in ``currency``; both exact, not rounded.
    """

    name: str
    before: Decimal
    after: Decimal

    @property
    def moved(self) -> Decimal:
        """What the change adds; negative when it takes away."""
        return self.after - self.before


@dataclass(frozen=True)
class Move:
    """Effective cost of a cost centre that changes for one reason.

    Attributes:
        cost_centre: who bears more or less; ``unallocated`` when nobody is known to.
        pool_id: the pool it comes through, before or after; None when it has an owner of its own.
        rule_before: rule and version that claimed it, None when none did.
        rule_after: the same under the changed policy.
        reason: why it moves.
        before: effective cost before, in ``currency``.
        after: effective cost after, in ``currency``.
        charge_days: distinct days of identities it is about.
    """

    cost_centre: str
    pool_id: str | None
    rule_before: str | None
    rule_after: str | None
    reason: str
    before: Decimal
    after: Decimal
    charge_days: int

    @property
    def moved(self) -> Decimal:
        """What the change adds to the cost centre; negative when it takes away."""
        return self.after - self.before


@dataclass(frozen=True)
class Accuracy:
    """The Allocation Accuracy Index of the estate in one variant, under both policies; None when not measurable."""

    variant: str
    before: float | None
    after: float | None
    grade_before: str | None
    grade_after: str | None


@dataclass(frozen=True)
class Preview:
    """The effect of a policy change on one billing period.

    Attributes:
        billing_period: ``YYYY-MM``.
        currency: reporting currency of every amount; cost whose exchange rate is missing is in ``unconverted``.
        revision_before: identity of the policy in force.
        revision_after: identity of the changed policy.
        total: effective cost of the period, the same before and after.
        cost_centres: each cost centre's effective cost, those that do not change included.
        pools: cost that goes through each pool.
        rules: cost that each ownership rule claims.
        moves: every change, largest first; they add up to zero.
        accuracy: the index before and after, by variant.
        unconverted: currency → effective cost that moves and has no rate; not in the other figures.
    """

    billing_period: str
    currency: str
    revision_before: str
    revision_after: str
    total: Decimal
    cost_centres: tuple[Effect, ...]
    pools: tuple[Effect, ...]
    rules: tuple[Effect, ...]
    moves: tuple[Move, ...]
    accuracy: tuple[Accuracy, ...]
    unconverted: dict[str, Decimal]

    @property
    def moved(self) -> Decimal:
        """How much money changes hands: the sum of what cost centres gain."""
        return sum((effect.moved for effect in self.cost_centres if effect.moved > 0), Decimal(0))

    def to_json(self) -> dict[str, Any]:
        """Return plain values: money as text, so that no digit is lost."""

        def plain(value: Any) -> Any:
            if isinstance(value, Decimal):
                return format(value, "f")
            if isinstance(value, dict):
                return {key: plain(item) for key, item in value.items()}
            if isinstance(value, (list, tuple)):
                return [plain(item) for item in value]
            return value

        content = plain(asdict(self))
        for name in ("cost_centres", "pools", "rules", "moves"):
            for entry, thing in zip(content[name], getattr(self, name), strict=True):
                entry["moved"] = plain(thing.moved)
        return {**content, "moved": plain(self.moved)}

"""What the rule change log knows of a billing period."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleChange(_Frozen):
    """A row of a policy file that differs between two publications.

    Attributes:
        change_id: 12 hex digits over file, row before and row after; an approval names it, and so approves this only.
        policy_file: the file, without ``.csv``.
        row_key: the key's values, ``nat-gateway / payments``.
        row_version: version of the rule or pool; None where the file has none.
        change: what was done.
        before: the row as it was, blank cells left out; None when it was added.
        after: the row as it is; None when it was removed.
        needs_approval: whether the policy asks for an approval.
        approved_by: who approved it; None when nobody did, or nobody has to.
        approved_how: where that is written.
        missing: what an approval lacks, with the cure; None when it lacks nothing.
    """

    change_id: str
    policy_file: str
    row_key: str
    row_version: int | None
    change: Literal["added", "edited", "removed"]
    before: dict[str, str] | None
    after: dict[str, str] | None
    needs_approval: bool = False
    approved_by: str | None = None
    approved_how: str | None = None
    missing: str | None = None

    @property
    def cells(self) -> dict[str, str]:
        """The row as it is; as it was when it was removed."""
        return self.after if self.after is not None else self.before or {}

    @property
    def changed_columns(self) -> tuple[str, ...]:
        """The columns of an edited row that differ."""
        if self.before is None or self.after is None:
            return ()
        before, after = self.before, self.after
        return tuple(name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name))


class Moved(_Frozen):
    """Effective cost before and after, exact, in the reporting currency."""

    before: Decimal
    after: Decimal

    @property
    def moved(self) -> Decimal:
        """What the change adds."""
        return self.after - self.before


class MovedFor(Moved):
    """Cost of a cost centre that moves for one reason."""

    cost_centre: str
    pool_id: str | None
    reason: str


class MoneyEffect(_Frozen):
    """What all changes of a transition together move.

    Attributes:
        billing_period: the published month it was measured over.
        currency: the reporting currency.
        moved: what changes hands between cost centres.
        cost_centres: cost centre → cost, those that do not change left out.
        pools: the same for what goes through a pool.
        rules: the same for what a rule claims.
        moves: each move with its reason, the largest first.
    """

    billing_period: str
    currency: str
    moved: Decimal
    cost_centres: dict[str, Moved]
    pools: dict[str, Moved]
    rules: dict[str, Moved]
    moves: tuple[MovedFor, ...]


class Transition(_Frozen):
    """The step from one published policy to the next.

    Attributes:
        number: 1 for the first of the billing period.
        period_before: month of the publication compared with; the month before when the period had none yet.
        publication_before: its number.
        revision_before: its policy.
        revision_after: the policy that takes its place.
        changes: rows that differ; never empty.
        effect: money moved; None when it could not be measured.
        unmeasured: why not.
        notified_at: when the last of the notices was accepted, UTC; None when not everybody was told.
        notified_owners: to how many owners and readers of Finance a notice was due.
    """

    number: int
    period_before: str
    publication_before: int
    revision_before: str
    revision_after: str
    changes: tuple[RuleChange, ...]
    effect: MoneyEffect | None = None
    unmeasured: str | None = None
    notified_at: dt.datetime | None = None
    notified_owners: int = 0

    @property
    def is_approved(self) -> bool:
        """Whether no change lacks an approval."""
        return all(change.missing is None for change in self.changes)


class RuleChanges(_Frozen):
    """Every transition of a billing period, oldest first; an input of its publication.

    Attributes:
        billing_period: ``YYYY-MM``.
        policy_revision: the policy that the last of them leads to.
        transitions: none for a period that was published under one policy only.
    """

    billing_period: str
    policy_revision: str
    transitions: tuple[Transition, ...] = ()

"""What an owner is told: the changes, who approved them, and what they move for the owner's cost centres."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from orchestration.policy import Policy
from orchestration.reports import Column, Document, Section, Table
from orchestration.rule_changes import RuleChange, Transition

MOST_ROWS = 200
"""Rows of a table of a notice; the published log has every change."""


@dataclass(frozen=True)
class Notice:
    """A notice to one reader about one transition of a billing period.

    Attributes:
        billing_period: ``YYYY-MM``.
        transition: what changed.
        reader: an owner of domains, or an address of Finance.
        cost_centres: the owner's; None for Finance, who are told of every one.
    """

    billing_period: str
    transition: Transition
    reader: str
    cost_centres: frozenset[str] | None

    @property
    def name(self) -> str:
        """Return the file name of the notice: a reader's name may hold anything."""
        kind = "finance" if self.cost_centres is None else "owner"
        return f"{kind}-{hashlib.sha256(self.reader.encode()).hexdigest()[:12]}"

    def key(self, channel: str) -> str:
        """Return the identity of its delivery by a channel, 32 hex digits, the same at each attempt."""
        step = self.transition
        parts = [self.billing_period, step.number, step.revision_before, step.revision_after, self.name, channel]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    @property
    def subject(self) -> str:
        """The notice in one line."""
        count = len(self.transition.changes)
        return f"Cost allocation {self.billing_period}: {count} rule change{'s' if count != 1 else ''}"


def notices(billing_period: str, transition: Transition, policy: Policy, finance: Iterable[str]) -> list[Notice]:
    """Return the notices that a transition asks for, by reader.

    An owner is told when the cost of one of the owner's cost centres moves; when it is not known what moves, every
    owner of a domain in force in the month is.
    """
    by_owner: dict[str, set[str]] = defaultdict(set)
    for domain in policy.cost_domains:
        begins, ends = domain.validity
        if f"{begins:%Y-%m}" <= billing_period <= f"{ends:%Y-%m}":
            by_owner[domain.owner].add(domain.cost_centre)
    moving = transition.effect.cost_centres.keys() if transition.effect else None
    told = [
        Notice(billing_period, transition, owner, frozenset(centres))
        for owner, centres in sorted(by_owner.items())
        if moving is None or centres & moving
    ]
    return [*told, *(Notice(billing_period, transition, address, None) for address in sorted(set(finance)))]


def page_of(notice: Notice) -> Document:
    """Return the notice as a page; texts of policy files are shown as the texts they are."""
    step = notice.transition
    effect = step.effect
    facts: list[tuple[str, str | int]] = [
        ("For", notice.reader),
        ("Rule changes", len(step.changes)),
        ("Policy before", step.revision_before[:12]),
        ("Compared with", f"publication {step.publication_before} of {step.period_before}"),
        ("Policy from now on", step.revision_after[:12]),
    ]
    if effect:
        facts.append(
            (f"Moves between all cost centres, in {effect.billing_period}", f"{effect.moved:,.2f} {effect.currency}")
        )
    sections = [_effects(notice), _changes(step.changes)]
    return Document(
        title=f"Changed rules of cost allocation, {notice.billing_period}",
        subtitle="These changes are approved and apply to the figures that are published next.",
        facts=tuple(facts),
        sections=tuple(sections),
        provenance=(
            "Effective cost in the reporting currency, each amount rounded to the cent by itself, measured over the "
            "charges of the publication compared with. The published table rule_change_log has every change and digit; "
            "`tieout explain` shows how a figure is made."
        ),
    )


def _effects(notice: Notice) -> Section:
    effect = notice.transition.effect
    if effect is None:
        return Section(
            "What they move",
            (f"Not measured: {notice.transition.unmeasured}. Compare the publication with the one before it.",),
        )
    own = notice.cost_centres
    centres = {name: moved for name, moved in effect.cost_centres.items() if own is None or name in own}
    moves = [move for move in effect.moves if own is None or move.cost_centre in own]
    amounts = (Column("Before", "amount"), Column("After", "amount"), Column("Moved", "amount"))
    return Section(
        "What they move",
        tables=(
            Table(
                f"Cost centres that bear more or less, over {effect.billing_period}, in {effect.currency}",
                (Column("Cost centre"), *amounts),
                tuple(
                    (name, _cents(moved.before), _cents(moved.after), _cents(moved.moved))
                    for name, moved in sorted(centres.items(), key=lambda item: (-abs(item[1].moved), item[0]))
                ),
                note="" if centres else "None.",
            ),
            Table(
                "Moves and their reasons, largest first",
                (Column("Cost centre"), Column("Pool"), Column("Reason"), *amounts),
                tuple(
                    (
                        move.cost_centre,
                        move.pool_id,
                        move.reason,
                        _cents(move.before),
                        _cents(move.after),
                        _cents(move.moved),
                    )
                    for move in moves[:MOST_ROWS]
                ),
                note=_left_out(len(moves)),
            ),
        ),
    )


def _changes(changes: tuple[RuleChange, ...]) -> Section:
    return Section(
        "What changes",
        tables=(
            Table(
                "Rows of policy files; an edited row is shown with the cells that differ",
                (
                    Column("File"),
                    Column("Key"),
                    Column("Version", "number"),
                    Column("Change"),
                    Column("What"),
                    Column("Approved by"),
                    Column("Why"),
                ),
                tuple(
                    (
                        change.policy_file,
                        change.row_key,
                        change.row_version,
                        change.change,
                        _words(change),
                        change.approved_by if change.needs_approval else "no approval needed",
                        change.cells.get("rationale"),
                    )
                    for change in sorted(changes, key=lambda change: not change.needs_approval)[:MOST_ROWS]
                ),
                note=_left_out(len(changes)),
            ),
        ),
    )


def _words(change: RuleChange) -> str:
    if change.before is not None and change.after is not None:
        before, after = change.before, change.after
        return ", ".join(
            f"{name}: {before.get(name, 'blank')} → {after.get(name, 'blank')}" for name in change.changed_columns
        )
    hidden = ("rationale", "owner", "approved_by")
    return ", ".join(f"{name} {text}" for name, text in change.cells.items() if name not in hidden)


def _left_out(count: int) -> str:
    return f"{count - MOST_ROWS} more are in the published rule_change_log." if count > MOST_ROWS else ""


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

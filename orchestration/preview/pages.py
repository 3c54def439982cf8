"""A preview as a page."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from orchestration.preview.model import Effect, PolicyChange, Preview
from orchestration.reports import Column, Document, Section, Table

FACTS_OF_A_ROW = ("rationale", "owner", "approved_by", "valid_from", "valid_to")


def preview_page(
    previews: Sequence[Preview], changes: Sequence[PolicyChange], policy: str, longest_table: int | None = None
) -> Document:
    """Return the page of a policy change over one or more periods.

    Args:
        previews: one per period.
        changes: rows of policy files that differ.
        policy: where the changed policy was read, in words.
        longest_table: rows of a table of moves; what is left out is one row of its own, so that sums still add up.
    """
    first = previews[0]
    return Document(
        title="What a policy change would move",
        subtitle=f"{policy}, over {', '.join(preview.billing_period for preview in previews)}",
        facts=(
            ("Policy in force", first.revision_before[:12]),
            ("Changed policy", first.revision_after[:12]),
            ("Rows that differ", len(changes)),
            *((f"Moves between cost centres in {preview.billing_period}", _money(preview)) for preview in previews),
        ),
        sections=(
            _changes(changes, longest_table),
            *(section for preview in previews for section in _period(preview, longest_table)),
        ),
        provenance=(
            "Effective cost in the reporting currency. Computed by the models of a run over the charges of the period; "
            "nothing published was touched. Each amount is rounded to the cent by itself; --json has every digit."
        ),
    )


def _shown(amount: Decimal) -> Decimal:
    """Return an amount to the cent: a preview is read by people; JSON has every digit."""
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _money(preview: Preview) -> str:
    return f"{preview.moved:,.2f} {preview.currency}"


def _changes(changes: Sequence[PolicyChange], longest: int | None) -> Section:
    if not changes:
        return Section("What changes in the policy", ("Nothing: both policies say the same.",))
    rows = [
        (
            change.table,
            change.change,
            ", ".join(f"{name} {text}" for name, text in change.cells.items() if name not in FACTS_OF_A_ROW),
            change.cells.get("valid_from"),
            change.cells.get("valid_to"),
            change.cells.get("rationale"),
            change.cells.get("approved_by"),
        )
        for change in changes
    ]
    shown = rows if longest is None else rows[:longest]
    return Section(
        "What changes in the policy",
        tables=(
            Table(
                "Rows that only one of the policies has; an edited row is shown as it was and as it is",
                (
                    Column("File"),
                    Column("Change"),
                    Column("Row"),
                    Column("From"),
                    Column("To"),
                    Column("Why"),
                    Column("Approved by"),
                ),
                tuple(shown),
                note=f"{len(rows) - len(shown)} more rows" if len(shown) < len(rows) else "",
            ),
        ),
    )


def _period(preview: Preview, longest: int | None) -> list[Section]:
    unconverted = "; ".join(f"{amount:,.2f} {currency}" for currency, amount in preview.unconverted.items())
    return [
        Section(
            f"{preview.billing_period}: cost centres",
            (f"No exchange rate, and therefore in no figure here: {unconverted}.",) if unconverted else (),
            facts=(("Effective cost of the period", f"{preview.total:,.2f} {preview.currency}"),),
            tables=(
                _effects("Cost centres that bear more or less", "Cost centre", preview.cost_centres),
                Table(
                    "Allocation Accuracy Index of the estate",
                    (
                        Column("Variant"),
                        Column("Before", "ratio"),
                        Column("After", "ratio"),
                        Column("Grade before"),
                        Column("Grade after"),
                    ),
                    tuple(
                        (line.variant, line.before, line.after, line.grade_before, line.grade_after)
                        for line in preview.accuracy
                    ),
                ),
            ),
        ),
        Section(
            f"{preview.billing_period}: pools and rules",
            tables=(
                _effects("Pools whose cost changes", "Pool", preview.pools),
                _effects("Rules whose cost changes", "Rule", preview.rules),
            ),
        ),
        Section(f"{preview.billing_period}: every move and its reason", tables=(_moves(preview, longest),)),
    ]


def _effects(caption: str, title: str, effects: Sequence[Effect]) -> Table:
    changed = sorted((effect for effect in effects if effect.moved), key=lambda effect: -abs(effect.moved))
    return Table(
        caption,
        (Column(title), Column("Before", "amount"), Column("After", "amount"), Column("Moved", "amount")),
        tuple((effect.name, _shown(effect.before), _shown(effect.after), _shown(effect.moved)) for effect in changed),
        totals=(
            (
                "Together",
                _shown(sum((effect.before for effect in changed), Decimal(0))),
                _shown(sum((effect.after for effect in changed), Decimal(0))),
                _shown(sum((effect.moved for effect in changed), Decimal(0))),
            ),
        )
        if changed
        else (),
        note="" if changed else "None.",
    )


def _moves(preview: Preview, longest: int | None) -> Table:
    shown = preview.moves if longest is None else preview.moves[:longest]
    rest = preview.moves[len(shown) :]
    return Table(
        "Moves, largest first",
        (
            Column("Cost centre"),
            Column("Pool"),
            Column("Reason"),
            Column("Before", "amount"),
            Column("After", "amount"),
            Column("Moved", "amount"),
            Column("Charge days", "number"),
        ),
        (
            *(
                (
                    move.cost_centre,
                    move.pool_id,
                    move.reason,
                    _shown(move.before),
                    _shown(move.after),
                    _shown(move.moved),
                    move.charge_days,
                )
                for move in shown
            ),
            *(
                [
                    (
                        f"{len(rest)} more",
                        None,
                        None,
                        _shown(sum((move.before for move in rest), Decimal(0))),
                        _shown(sum((move.after for move in rest), Decimal(0))),
                        _shown(sum((move.moved for move in rest), Decimal(0))),
                        None,
                    )
                ]
                if rest
                else []
            ),
        ),
        totals=(
            ("Together", None, None, None, None, _shown(sum((move.moved for move in preview.moves), Decimal(0))), None),
        )
        if preview.moves
        else (),
        note="" if preview.moves else "Nothing moves.",
    )

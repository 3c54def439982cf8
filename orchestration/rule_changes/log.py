"""The rows of ``landing.rule_changes``, which the mart reads."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Context, Decimal

from orchestration.policy.cells import same
from orchestration.rule_changes.model import Moved, RuleChange, RuleChanges, Transition

_TWELVE_DECIMALS = Decimal("1e-12")
_EXACT = Context(prec=90)


def landed_rows(record: RuleChanges) -> list[tuple[object, ...]]:
    """Return one row per change, in the order of the columns of ``landing.rule_changes``."""
    return [
        _row(record.billing_period, transition, change)
        for transition in record.transitions
        for change in transition.changes
    ]


def _row(billing_period: str, transition: Transition, change: RuleChange) -> tuple[object, ...]:
    effect = transition.effect
    effect_of, moved = _effect_of(transition, change)
    notified = transition.notified_at
    return (
        billing_period,
        transition.number,
        change.change_id,
        transition.period_before,
        transition.publication_before,
        transition.revision_before,
        transition.revision_after,
        change.policy_file,
        change.row_key,
        change.row_version,
        change.change,
        ", ".join(change.changed_columns) or None,
        _json(change.before),
        _json(change.after),
        change.needs_approval,
        change.approved_by,
        change.approved_how,
        change.missing,
        effect_of,
        _rounded(moved.before if moved else None),
        _rounded(moved.after if moved else None),
        _rounded(effect.moved if effect else None),
        effect.currency if effect else None,
        effect.billing_period if effect else None,
        transition.unmeasured,
        notified.replace(tzinfo=None) if notified else None,
        transition.notified_owners,
    )


def _effect_of(transition: Transition, change: RuleChange) -> tuple[str | None, Moved | None]:
    """Return whose cost before and after tells what a change did, and that cost, if it moved."""
    effect = transition.effect
    rule, pool, centre = (change.cells.get(name) for name in ("rule_id", "pool_id", "cost_centre"))
    if effect is None:
        return None, None
    if change.policy_file == "ownership_rules":
        return f"rule {rule}", _of(effect.rules, rule)
    if change.policy_file in ("pools", "pool_targets"):
        return f"pool {pool}", _of(effect.pools, pool)
    if change.policy_file == "cost_domains":
        return f"cost centre {centre}", _of(effect.cost_centres, centre)
    return None, None


def _of(effects: dict[str, Moved], name: str | None) -> Moved | None:
    return next((moved for other, moved in effects.items() if same(other) == same(name)), None)


def _rounded(amount: Decimal | None) -> Decimal | None:
    return amount.quantize(_TWELVE_DECIMALS, ROUND_HALF_UP, _EXACT) if amount is not None else None


def _json(cells: dict[str, str] | None) -> str | None:
    return json.dumps(cells, sort_keys=True, ensure_ascii=False) if cells is not None else None

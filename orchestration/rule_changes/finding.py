"""Finds the rule changes of a billing period: those published with it, and those that a run is about to make."""

from __future__ import annotations

from collections.abc import Callable

from orchestration.errors import ConfigurationError
from orchestration.periods import month_before
from orchestration.policy import Policy, read_kept_policy
from orchestration.preview import Effect, Preview, preview_policy
from orchestration.publishing import Publication, current_publication
from orchestration.rule_changes.approving import judged
from orchestration.rule_changes.comparing import changed_rows
from orchestration.rule_changes.model import MoneyEffect, Moved, MovedFor, RuleChanges, Transition
from orchestration.rule_changes.record import kept_rule_changes, pending_rule_changes
from orchestration.runs.workspace import Workspace


def find_rule_changes(
    workspace: Workspace,
    billing_period: str,
    policy: Policy,
    announce: Callable[[str], None] = lambda message: None,
) -> RuleChanges:
    """Return what changed up to the publication that a run of a period is going to make.

    What was published stays as it was published. A policy that differs from that of the period's current publication,
    or for a first one from that of the month before, makes one more transition; its money effect is measured over the
    publication compared with. Nothing is measured when nothing changed.

    Args:
        workspace: home and estate.
        billing_period: ``YYYY-MM``.
        policy: the policy in force.
        announce: told each step.

    Raises:
        ConfigurationError: the policy of the publication compared with is no longer in the home.
    """
    own = current_publication(workspace.home, billing_period)
    base = own or current_publication(workspace.home, month_before(billing_period))
    if base is None:
        return RuleChanges(billing_period=billing_period, policy_revision=policy.revision)
    inputs = base.manifest()["inputs"]
    kept = kept_rule_changes(workspace.home, inputs.get("rule_changes", "")) if own else None
    transitions = kept.transitions if kept else ()
    revision = inputs["policy_revision"]
    if revision != policy.revision:
        known = pending_rule_changes(workspace.home, billing_period, policy.revision).transitions
        transition = _transition(workspace, base, policy, len(transitions) + 1, known, announce)
        transitions += (transition,) if transition else ()
    return RuleChanges(billing_period=billing_period, policy_revision=policy.revision, transitions=transitions)


def _transition(
    workspace: Workspace,
    base: Publication,
    policy: Policy,
    number: int,
    known: tuple[Transition, ...],
    announce: Callable[[str], None],
) -> Transition | None:
    """Return the step from a publication's policy to another; None when no row differs.

    What the last run of the same step measured is not measured again.
    """
    revision = base.manifest()["inputs"]["policy_revision"]
    before = read_kept_policy(workspace.home, revision)
    changes = judged(changed_rows(before, policy), before, policy)
    if not changes:
        return None
    made = Transition(
        number=number,
        period_before=base.billing_period,
        publication_before=base.number,
        revision_before=revision,
        revision_after=policy.revision,
        changes=changes,
    )
    for other in known:
        if (other.number, other.period_before, other.publication_before, other.revision_before) == (
            made.number, made.period_before, made.publication_before, made.revision_before,
        ) and other.effect:  # fmt: skip
            return made.model_copy(update={"effect": other.effect})
    announce(f"Measuring what the changed policy moves in {base.billing_period}")
    try:
        effect = _effect(preview_policy(workspace, base.billing_period, before, policy, announce=announce))
    except ConfigurationError as error:
        return made.model_copy(update={"unmeasured": f"found {error.found}; expected {error.expected}"})
    return made.model_copy(update={"effect": effect})


def _effect(preview: Preview) -> MoneyEffect:
    def moved(effects: tuple[Effect, ...]) -> dict[str, Moved]:
        return {effect.name: Moved(before=effect.before, after=effect.after) for effect in effects if effect.moved}

    return MoneyEffect(
        billing_period=preview.billing_period,
        currency=preview.currency,
        moved=preview.moved,
        cost_centres=moved(preview.cost_centres),
        pools=moved(preview.pools),
        rules=moved(preview.rules),
        moves=tuple(
            MovedFor(
                cost_centre=move.cost_centre,
                pool_id=move.pool_id,
                reason=move.reason,
                before=move.before,
                after=move.after,
            )
            for move in preview.moves
        ),
    )

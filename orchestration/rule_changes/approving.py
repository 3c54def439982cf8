"""Which changes need an approval, and whether they have one.

A change is approved by an entry in ``change_approvals.csv`` that names it; a new row, such as a version of a rule, by
its own ``approved_by``; a row that does nothing but end where an approved one of the same key begins, and what belongs
to a pool of which an approved version comes with it, by that version's approver.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orchestration.policy import Policy
from orchestration.policy.cells import same
from orchestration.policy.tables import TABLES, ChangeApproval
from orchestration.rule_changes.comparing import key_of
from orchestration.rule_changes.model import RuleChange

ALWAYS = "change_control"
"""The file that says what needs approval: a change of it always does."""

PARTS_OF_POOLS = ("pool_targets", "pool_fallbacks")
"""Files whose rows belong to a pool, and are approved with a version of it."""


def judged(changes: Sequence[RuleChange], before: Policy, after: Policy) -> tuple[RuleChange, ...]:
    """Return the changes with who approved each, or what is missing.

    An approval is needed when either policy asks for it: a change cannot excuse itself.
    """
    demanded = {same(row.policy_file) for policy in (before, after) for row in policy.change_control if row.required}
    demanded.add(ALWAYS)
    approvers = {
        table: {same(name) for row in before.change_control if same(row.policy_file) == table for name in row.names}
        for table in TABLES
    }
    entries = {same(entry.change_id): entry for entry in after.change_approvals}
    approved: dict[str, RuleChange] = {}
    waiting: list[RuleChange] = []
    for change in changes:
        if change.policy_file not in demanded:
            approved[change.change_id] = change
            continue
        needed = change.model_copy(update={"needs_approval": True})
        how = _by_itself(needed, entries, approvers[change.policy_file])
        if how is None:
            waiting.append(needed)
        else:
            approved[change.change_id] = needed.model_copy(update=how)
    versions = [change for change in approved.values() if change.change == "added" and change.approved_by]
    for change in waiting:
        how = _by_a_version(change, versions) or {
            "missing": _missing(change, entries, approvers[change.policy_file], after)
        }
        approved[change.change_id] = change.model_copy(update=how)
    return tuple(approved[change.change_id] for change in changes)


def _may(name: str, approvers: Iterable[str]) -> bool:
    names = set(approvers)
    return not names or same(name) in names


def _by_itself(change: RuleChange, entries: dict[str, ChangeApproval], approvers: set[str]) -> dict[str, str] | None:
    entry = entries.get(change.change_id)
    if entry is not None and _may(entry.approved_by, approvers):
        reference = f", {entry.reference}" if entry.reference else ""
        return {
            "approved_by": entry.approved_by,
            "approved_how": f"change_approvals.csv, {entry.approved_on}{reference}",
        }
    name = (change.after or {}).get("approved_by")
    if change.change == "added" and name and _may(name, approvers):
        version = "the new row" if change.row_version is None else f"version {change.row_version}"
        return {"approved_by": name, "approved_how": f"approved_by of {version}"}
    return None


def _by_a_version(change: RuleChange, versions: Iterable[RuleChange]) -> dict[str, str] | None:
    row_class = TABLES[change.policy_file]
    for version in versions:
        ends = (
            version.policy_file == change.policy_file
            and change.changed_columns == ("valid_to",)
            and key_of(row_class, change.cells) == key_of(row_class, version.cells)
            and change.cells.get("valid_to") == version.cells.get("valid_from")
        )
        is_part = (
            version.policy_file == "pools"
            and change.policy_file in PARTS_OF_POOLS
            and same(change.cells.get("pool_id")) == same(version.cells.get("pool_id"))
        )
        if ends or is_part:
            return {
                "approved_by": version.approved_by or "",
                "approved_how": f"with the new version of {version.row_key}",
            }
    return None


def _missing(change: RuleChange, entries: dict[str, ChangeApproval], approvers: set[str], after: Policy) -> str:
    """Return file, key, what is missing and the cure, as one sentence each."""
    version = f" version {change.row_version}" if change.row_version is not None else ""
    columns = f" ({', '.join(change.changed_columns)})" if change.changed_columns else ""
    given = entries.get(change.change_id)
    name = given.approved_by if given else (change.after or {}).get("approved_by") if change.change == "added" else None
    by = f"an approval by {name}, who may not approve it" if name else "no approval"
    who = f"one by {' or '.join(sorted(approvers))}" if approvers else "one"
    own = ", or write the change as a new version with its own approved_by" if version else ""
    return (
        f"{after.file(change.policy_file)}: {change.row_key}{version} was {change.change}{columns}: found {by}; "
        f"expected {who}. Have it approved: add to change_approvals.csv the line `"
        f"{change.change_id},{change.policy_file},APPROVER,YYYY-MM-DD,REFERENCE`{own}."
    )

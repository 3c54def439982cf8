"""Rows of policy files that differ, each with what it was before."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping

from orchestration.policy import Policy
from orchestration.policy.cells import same
from orchestration.policy.tables import TABLES, Row
from orchestration.preview.model import PolicyChange
from orchestration.preview.preview import policy_changes
from orchestration.rule_changes.model import RuleChange

VERSION_COLUMNS = ("rule_version", "pool_version")
APPROVALS = "change_approvals"
"""The file of approvals: an approval is no change of a rule, and is shown with the change that it approves."""


def changed_rows(before: Policy, after: Policy) -> tuple[RuleChange, ...]:
    """Return the rows that differ between two policies, in file and key order.

    A row with the key, and the version or first day, of one that is gone is that row, edited; so is the only new row
    of a key that lost one.
    """
    by_table: dict[str, list[PolicyChange]] = defaultdict(list)
    for change in policy_changes(before, after):
        by_table[change.table].append(change)
    found: list[RuleChange] = []
    for table, changes in by_table.items():
        if table != APPROVALS:
            found += _paired(table, TABLES[table], changes)
    return tuple(sorted(found, key=lambda row: (row.policy_file, row.row_key, row.row_version or 0, row.change_id)))


def key_of(row_class: type[Row], cells: Mapping[str, str]) -> tuple[str, ...]:
    """Return the key of a row in the form in which keys are compared."""
    return tuple(same(cells.get(column)) for column in row_class.key)


def _paired(table: str, row_class: type[Row], changes: Iterable[PolicyChange]) -> Iterable[RuleChange]:
    gone: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    new: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for change in changes:
        side = gone if change.change == "removed" else new
        side[key_of(row_class, change.cells)].append(change.cells)
    for key in gone.keys() | new.keys():
        olds, news = gone[key], new[key]
        for old in list(olds):
            edited = next((row for row in news if _occasion(row) == _occasion(old)), None)
            if edited is not None:
                olds.remove(old)
                news.remove(edited)
                yield _change(table, row_class, old, edited)
        if len(olds) == len(news) == 1 and not _has_version(olds[0]):
            yield _change(table, row_class, olds.pop(), news.pop())
        for old in olds:
            yield _change(table, row_class, old, None)
        for row in news:
            yield _change(table, row_class, None, row)


def _occasion(cells: Mapping[str, str]) -> str | None:
    """Return what tells the rows of one key apart: the version, else the first day."""
    return next((cells[name] for name in (*VERSION_COLUMNS, "valid_from") if name in cells), None)


def _has_version(cells: Mapping[str, str]) -> bool:
    return any(name in cells for name in VERSION_COLUMNS)


def _change(
    table: str, row_class: type[Row], before: dict[str, str] | None, after: dict[str, str] | None
) -> RuleChange:
    cells = after or before or {}
    version = next((cells[name] for name in VERSION_COLUMNS if name in cells), None)
    content = json.dumps([table, before, after], sort_keys=True)
    return RuleChange(
        change_id=hashlib.sha256(content.encode()).hexdigest()[:12],
        policy_file=table,
        row_key=" / ".join(cells[column] for column in row_class.key if column in cells) or table,
        row_version=int(version) if version is not None else None,
        change="edited" if before and after else "added" if after else "removed",
        before=before,
        after=after,
    )

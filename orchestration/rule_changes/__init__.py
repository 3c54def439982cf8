"""The rule change log: what changed in the policy between publications, approved by whom, with what effect."""

from orchestration.rule_changes.log import landed_rows
from orchestration.rule_changes.model import MoneyEffect, Moved, RuleChange, RuleChanges, Transition
from orchestration.rule_changes.record import (
    keep_rule_changes,
    kept_rule_changes,
    kept_rule_changes_file,
    pending_rule_changes,
    write_pending,
)

__all__ = [
    "MoneyEffect",
    "Moved",
    "RuleChange",
    "RuleChanges",
    "Transition",
    "keep_rule_changes",
    "kept_rule_changes",
    "kept_rule_changes_file",
    "landed_rows",
    "pending_rule_changes",
    "write_pending",
]

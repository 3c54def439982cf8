"""Where the rule changes of a billing period are: while its run lasts, and kept with its publications.

They are an input of a publication like its policy: measured and told once, then never computed again. The manifest
names the kept file by its SHA-256, and a replay reads it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.landing.receipts import replace_text
from orchestration.rule_changes.model import RuleChanges


def pending_file(home: Home, billing_period: str) -> Path:
    """Return where the rule changes of the last run of a period are."""
    return home.reports / billing_period / "rule_changes.json"


def write_pending(home: Home, record: RuleChanges) -> None:
    """Hand the rule changes of a period to the steps that follow."""
    replace_text(pending_file(home, record.billing_period), _text(record))


def pending_rule_changes(home: Home, billing_period: str, policy_revision: str) -> RuleChanges:
    """Return what was handed on for a period under a policy; nothing changed when nothing was."""
    path = pending_file(home, billing_period)
    if path.is_file():
        record = RuleChanges.model_validate_json(path.read_bytes())
        if record.policy_revision == policy_revision:
            return record
    return RuleChanges(billing_period=billing_period, policy_revision=policy_revision)


def keep_rule_changes(home: Home, record: RuleChanges) -> str:
    """Keep the rule changes of a publication for as long as the home lasts; return their name, '' without any."""
    if not record.transitions:
        return ""
    content = _text(record)
    revision = hashlib.sha256(content.encode()).hexdigest()
    file = kept_rule_changes_file(home, revision)
    if not file.is_file():
        replace_text(file, content)
        file.chmod(0o444)
    return revision


def kept_rule_changes(home: Home, revision: str) -> RuleChanges | None:
    """Return the rule changes of a publication; None when it had none.

    Raises:
        ConfigurationError: the file is not in the home.
    """
    if not revision:
        return None
    file = kept_rule_changes_file(home, revision)
    if not file.is_file():
        raise ConfigurationError(
            str(file),
            found="no file",
            expected="the rule changes that a publication was made with",
            cure="Restore the file from a backup of the home.",
        )
    return RuleChanges.model_validate_json(file.read_bytes())


def kept_rule_changes_file(home: Home, revision: str) -> Path:
    """Return where rule changes are kept; the file's SHA-256 is their name."""
    return home.rule_changes / f"{revision}.json"


def _text(record: RuleChanges) -> str:
    return record.model_dump_json(indent=1) + "\n"

"""Policies as they were: the files of each published policy, kept under the home by their revision."""

from __future__ import annotations

import shutil
import uuid
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.policy.csv_file import read_csv
from orchestration.policy.loading import file_of, load_policy
from orchestration.policy.model import Policy
from orchestration.policy.tables import TABLES


def kept_policy(home: Home, revision: str) -> Path:
    """Return the folder of a policy's files; it is there once the policy was published."""
    return home.policies / revision


def read_kept_policy(home: Home, revision: str) -> Policy:
    """Read a published policy as evidence of what was in force; it is not judged again.

    Rules for policies change with the code, what was published does not: files, columns and rows that today's code has
    no use for are passed over.

    Raises:
        ConfigurationError: its files are not in the home.
    """
    folder = kept_policy(home, revision)
    if not folder.is_dir():
        raise ConfigurationError(
            str(folder),
            found="no policy files",
            expected="the policy that the publication was made under",
            cure="Restore the folder from a backup, or publish the period again with `tieout run`.",
        )
    policy = Policy(folder, {table: [] for table in TABLES}, {table: [] for table in TABLES})
    for table, row_class in TABLES.items():
        if (path := file_of(folder, table)) is None:
            continue
        file = read_csv(path)
        for line, texts in file.rows:
            cells = {name: text.strip() or None for name, text in zip(file.header, texts, strict=False)}
            known = {name: cells[name] for name in row_class.columns() if name in cells}
            with suppress(ValidationError):
                policy.rows[table].append(row_class.model_validate({**known, "line": line}))
                policy.cells[table].append({name: known.get(name) for name in row_class.columns()})
    return policy


def keep_policy(home: Home, policy: Policy) -> Path:
    """Copy a policy's files, as they are, to the folder of its revision, unless they are there; return the folder.

    Raises:
        ConfigurationError: the files have changed since they were read.
    """
    folder = kept_policy(home, policy.revision)
    if folder.is_dir():
        return folder
    beside = home.policies / f".{policy.revision[:12]}-{uuid.uuid4().hex[:8]}"
    beside.mkdir(parents=True)
    try:
        for table in TABLES:
            source = file_of(policy.folder, table)
            if source is not None:
                shutil.copyfile(source, beside / f"{table}.csv")
        if load_policy(beside).revision != policy.revision:
            raise ConfigurationError(
                str(policy.folder),
                found="policy files that changed during the run",
                expected="the files that the run began with",
                cure="Run again.",
            )
        for path in beside.iterdir():
            path.chmod(0o444)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder

"""The code version: one identity of everything in the project that can change a published figure."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

_FIGURES_COME_FROM = (
    "dbt_project.yml",
    "models",
    "macros",
    "seeds/reference",
    "expectations",
    "orchestration/landing",
    "orchestration/policy",
    "orchestration/publishing",
    "orchestration/rule_changes",
    "orchestration/warehouse",
)
_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".py"}


@cache
def code_version(project: Path = PROJECT) -> str:
    """Return 12 hex digits that change with any file a figure can depend on.

    Policy is not part of it (it has its own revision), nor are the command line, the Dagster definitions, the sample.
    """
    digest = hashlib.sha256()
    for name in _FIGURES_COME_FROM:
        top = project / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.suffix in _SUFFIXES and path.is_file():
                digest.update(path.relative_to(project).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]

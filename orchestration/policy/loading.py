"""Load a policy folder: read every file, validate every cell and every relation, and report all findings at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from orchestration.errors import ConfigurationError, PolicyRefused
from orchestration.policy.cells import same
from orchestration.policy.checks import CHECKS
from orchestration.policy.csv_file import read_csv
from orchestration.policy.findings import PolicyFinding, did_you_mean
from orchestration.policy.model import PROJECT_SEEDS, Policy
from orchestration.policy.tables import TABLES, Row

BESIDE_THE_TABLES = {".yml", ".yaml", ".md", ".txt"}
"""Files a policy folder may hold beside its tables: their description."""

NEVER_EMPTY = ("thresholds", "change_control")
"""Tables for which the project's own apply where a policy has none: a gate without limits would block nothing."""


def load_policy(folder: str | Path | None = None) -> Policy:
    """Read and validate a policy.

    Args:
        folder: an estate's policy folder; None for the project's own seeds. A missing file is an empty table, except
            ``thresholds.csv`` and ``change_control.csv``: without one the project's own applies.

    Raises:
        PolicyRefused: something in the files cannot be used; holds every finding of one pass over all of them.
        ConfigurationError: the folder does not exist.

    """
    place = PROJECT_SEEDS / "policy" if folder is None else Path(folder)
    if not place.is_dir():
        raise ConfigurationError(
            str(place),
            found="no such folder",
            expected="a folder of policy CSV files",
            cure="Correct `policy:` in the estate file, or leave it out to use the project's own seeds.",
        )
    policy = Policy(place, {table: [] for table in TABLES}, {table: [] for table in TABLES})
    findings = list(_unknown_files(place))
    for table, row_class in TABLES.items():
        path = file_of(place, table)
        if path is not None:
            findings.extend(_read_table(policy, table, row_class, path))
    for check in CHECKS.values():
        findings.extend(check(policy))
    if findings:
        raise PolicyRefused([*sorted(findings, key=lambda finding: finding.position)])
    return policy


def file_of(folder: Path, table: str) -> Path | None:
    """Return the file that a table of a policy folder is read from; None for an empty table."""
    path = folder / f"{table}.csv"
    if not path.exists() and table in NEVER_EMPTY:
        path = PROJECT_SEEDS / "policy" / f"{table}.csv"
    return path if path.exists() else None


def _unknown_files(folder: Path) -> Iterator[PolicyFinding]:
    known = [f"{table}.csv" for table in TABLES]
    for path in sorted(folder.iterdir()):
        if path.name in known or path.name.startswith(".") or path.suffix.lower() in BESIDE_THE_TABLES:
            continue
        yield PolicyFinding(
            str(path),
            found="a file that is no policy table",
            expected=", ".join(known),
            cure=did_you_mean(path.name, known) or "Rename it or move it out of the policy folder.",
        )


def _read_table(policy: Policy, table: str, row_class: type[Row], path: Path) -> Iterator[PolicyFinding]:
    """Fill the policy with a file's rows; yield what is wrong with its form and its cells."""
    try:
        file = read_csv(path)
    except PolicyFinding as finding:
        policy.damaged[table] = None
        yield finding
        return
    header_findings = list(_header_findings(str(path), file.header, file.header_line, row_class))
    if header_findings:
        policy.damaged[table] = None
        yield from header_findings
        return
    names: set[str] = set()
    policy.damaged[table] = names
    for line, texts in file.rows:
        if len(texts) != len(file.header):
            names.update(same(text) for text in texts[:2])
            yield PolicyFinding(
                str(path),
                line,
                found=f"{len(texts)} cells",
                expected=f"{len(file.header)} cells, as in the header",
                cure="Add the missing commas, or put a cell that holds a comma in double quotes.",
            )
            continue
        cells = {name: text.strip() or None for name, text in zip(file.header, texts, strict=True)}
        try:
            policy.rows[table].append(row_class.model_validate({**cells, "line": line}))
        except ValidationError as error:
            names.update(same(cells.get(name)) for name in row_class.key[:1])
            yield from (_cell_finding(str(path), line, cells, detail) for detail in error.errors())
        else:
            policy.cells[table].append({name: cells.get(name) for name in row_class.columns()})


def _header_findings(file: str, header: list[str], line: int, row_class: type[Row]) -> Iterator[PolicyFinding]:
    columns = row_class.columns()
    if not header:
        yield PolicyFinding(
            file,
            line,
            found="an empty file",
            expected=f"the header {','.join(columns)}",
            cure="Write the header, or remove the file: a missing file is an empty table.",
        )
        return
    misspelled: set[str] = set()
    for position, name in enumerate(header):
        if name in header[:position]:
            yield PolicyFinding(
                file, line, name, found="the column twice", expected="each column once", cure="Remove one of them."
            )
        elif name not in columns:
            misspelled.update(column for column in columns if f"'{column}'" in did_you_mean(name, columns))
            yield PolicyFinding(
                file,
                line,
                name,
                found=f"an unknown column '{name}'",
                expected=", ".join(columns),
                cure=did_you_mean(name, columns) or "Remove the column.",
            )
    for name in row_class.required_columns():
        if name not in header and name not in misspelled:
            yield PolicyFinding(
                file,
                line,
                name,
                found=f"no column '{name}'",
                expected=f"the columns {', '.join(columns)}",
                cure="Add the column to the header and to each row.",
            )


def _cell_finding(file: str, line: int, cells: dict[str, str | None], detail: Any) -> PolicyFinding:
    column = str(detail["loc"][0])
    cell = cells.get(column)
    return PolicyFinding(
        file,
        line,
        column,
        found=f"'{cell}'" if cell is not None else "nothing",
        expected=detail["ctx"]["expected"],
        cure=detail["ctx"]["cure"],
    )

"""``tieout replay``: prove that a closed period can be made again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.common import (
    BLOCKED,
    PUBLISHED,
    HomeOption,
    JsonOption,
    PeriodArgument,
    check_period,
    err,
    exit_codes,
    out,
    progress,
)

if TYPE_CHECKING:
    from orchestration.closing import Replay


def replay(
    period: PeriodArgument,
    home: HomeOption = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the rebuilt period under the home's replays/, to look at it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Rebuild a closed period from the inputs that its manifest names, and compare hashes file by file.

    Exit codes: 0 every file is the same; 3 something came out differently; 2 the period is not closed, or a file was
    altered since; 1 anything unexpected.
    """
    with exit_codes():
        from orchestration.closing import replay_period
        from orchestration.home import Home
        from orchestration.runs.steps import BuildBlocked

        check_period("PERIOD", period)
        try:
            with progress() as announce:
                replayed = replay_period(Home.of(home), period, keep=keep, announce=announce)
        except BuildBlocked as blocked:
            err.print(f"{period} could not be made again: {blocked}", style="red", markup=False)
            raise typer.Exit(BLOCKED) from None
        if as_json:
            out.print_json(json.dumps(_as_json(replayed)))
        else:
            for line in _lines(replayed):
                out.print(line, markup=False)
        raise typer.Exit(PUBLISHED if replayed.is_equal else BLOCKED)


def _as_json(replayed: Replay) -> dict[str, Any]:
    return {
        "billing_period": replayed.closed.billing_period,
        "publication": replayed.closed.publication,
        "is_equal": replayed.is_equal,
        "has_equal_rows": replayed.has_equal_rows,
        "manifest_is_equal": replayed.manifest_is_equal,
        "code_version": {"closed": replayed.closed_code, "replayed": replayed.code},
        "code_commit": replayed.closed.code_commit,
        "folder": str(replayed.folder) if replayed.folder else None,
        "files": [
            {
                "table": file.table,
                "path": file.path,
                "is_equal": file.is_equal,
                "expected_sha256": file.expected,
                "found_sha256": file.found,
                "rows_that_differ": file.rows_differ,
            }
            for file in replayed.files
        ],
    }


def _lines(replayed: Replay) -> list[str]:
    different = [file for file in replayed.files if not file.is_equal]
    lines = [
        f"{replayed.closed.billing_period} number {replayed.closed.publication}: "
        f"{len(replayed.files) - len(different)} of {len(replayed.files)} files are the same, byte for byte"
    ]
    for file in different:
        if file.found is None or file.expected is None:
            side = "replay" if file.found is None else "closed publication"
            lines.append(f"  {file.path}: the {side} has no such file")
            continue
        rows = "other columns" if file.rows_differ is None else f"{file.rows_differ} rows differ"
        told = "the same rows in other bytes" if file.rows_differ == 0 else rows
        lines.append(f"  {file.path}: {told}; expected sha256 {file.expected}, found {file.found}")
    if replayed.code != replayed.closed_code:
        commit = f" (commit {replayed.closed.code_commit})" if replayed.closed.code_commit else ""
        lines.append(
            f"  the period was published by code version {replayed.closed_code}{commit}, replayed by {replayed.code}: "
            "a proof of the bytes takes the same code"
        )
    elif not replayed.manifest_is_equal:
        lines.append("  the manifests differ: inputs, gate, accuracy or totals")
    if replayed.folder is not None:
        lines.append(f"  rebuilt in {replayed.folder}")
    return lines

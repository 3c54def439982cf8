"""Closing a billing period: from then on its publication and everything it was made of stay as they are."""

from __future__ import annotations

import datetime as dt
import shutil
import stat
import subprocess

from orchestration.closing.inputs import altered_files, deliveries_of, input_files
from orchestration.errors import ConfigurationError
from orchestration.publishing import ClosedPeriod, closed_period
from orchestration.publishing.closing import write_closed
from orchestration.publishing.files import sha256_of
from orchestration.publishing.manifest import FILE_NAME as MANIFEST
from orchestration.runs.planning import plan
from orchestration.runs.workspace import Workspace
from orchestration.versions import PROJECT


def close_period(workspace: Workspace, billing_period: str, *, closed_by: str) -> ClosedPeriod:
    """Close a period with its current publication; one that is closed already stays as it is.

    Args:
        workspace: home and estate.
        billing_period: ``YYYY-MM``.
        closed_by: who says so.

    Raises:
        ConfigurationError: the period was never published, has newer inputs than its publication, or something that
            the publication was made of is missing or altered.
    """
    home = workspace.home
    if (record := closed_period(home, billing_period)) is not None:
        return record
    period = plan(workspace).period(billing_period)
    again = f"Run it with `tieout run --period {billing_period}`, read its report, then close it."
    if period.publication is None or period.is_stale:
        raise ConfigurationError(
            f"billing period {billing_period}",
            found="no publication" if period.publication is None else "newer inputs than those it was published from",
            expected="a publication of the inputs that are in force",
            cure=again,
        )
    manifest = period.publication.manifest()
    if "feeds" not in manifest["inputs"]:
        raise ConfigurationError(
            str(period.publication.folder),
            found="a publication that does not name all of its inputs",
            expected="one that can be replayed",
            cure=again,
        )
    if altered := altered_files(period.publication, manifest):
        raise ConfigurationError(
            str(period.publication.folder / altered[0].split(":")[0]),
            found="; ".join(altered),
            expected="the files as they were published",
            cure="Restore them from a backup; a publication is never written again.",
        )
    files = list(input_files(home, manifest))
    for path in files:
        path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    record = ClosedPeriod(
        billing_period=billing_period,
        publication=period.publication.number,
        manifest_sha256=sha256_of(period.publication.folder / MANIFEST),
        closed_at=dt.datetime.now(dt.UTC).replace(microsecond=0),
        closed_by=closed_by,
        code_commit=_commit(),
        delivery_ids=tuple(delivery["delivery_id"] for delivery in deliveries_of(manifest)),
        inputs={path.relative_to(home.root).as_posix(): sha256_of(path) for path in files},
    )
    write_closed(home, record)
    return record


def _commit() -> str | None:
    """Return the project's commit, if it is a git checkout without changes."""
    git = shutil.which("git")
    if git is None or not (PROJECT / ".git").exists():
        return None
    status = _git(git, "status", "--porcelain")
    return _git(git, "rev-parse", "HEAD") if status == "" else None


def _git(program: str, *arguments: str) -> str | None:
    finished = subprocess.run(  # noqa: S603 - our own arguments
        [program, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    return finished.stdout.strip() if finished.returncode == 0 else None

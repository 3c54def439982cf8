"""A policy folder as git remembers it."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.errors import ConfigurationError
from orchestration.policy.model import PROJECT_SEEDS


@contextmanager
def policy_at(folder: Path | None, revision: str) -> Iterator[Path]:
    """Give a copy of a policy folder as it is in a git revision; it is removed at the end.

    Args:
        folder: the policy folder, in a git repository; None for the project's own seeds.
        revision: a branch, tag or commit.

    Raises:
        ConfigurationError: there is no git, no repository, no such revision, or no such folder in it.
    """
    place = (folder or PROJECT_SEEDS / "policy").absolute()
    git = shutil.which("git")
    if git is None:
        raise _refusal(revision, "no git on this machine", "Install git, or give a folder with the changed policy.")
    if not place.is_dir():
        raise _refusal(revision, f"no folder {place}", "Name the policy folder.")
    root = _git(git, place, "rev-parse", "--show-toplevel")
    if root is None:
        raise _refusal(revision, f"{place} in no git repository", "Give a folder with the changed policy instead.")
    commit = _git(git, place, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise _refusal(revision, "no such revision", f"`git -C {place} log` lists the revisions there are.")
    inside = place.resolve().relative_to(Path(root.decode().strip()).resolve()).as_posix()
    archive = _git(git, Path(root.decode().strip()), "archive", "--format=zip", commit.decode().strip(), "--", inside)
    if archive is None:
        raise _refusal(revision, f"no folder {inside} in it", "Name a revision that has the policy folder.")
    with tempfile.TemporaryDirectory(prefix="tieout-policy-") as target:
        # unpacking a zip keeps to the folder and makes no links, in every Python that is supported
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            files.extractall(target)
        yield Path(target) / inside


def _git(program: str, folder: Path, *arguments: str) -> bytes | None:
    finished = subprocess.run(  # noqa: S603 - the revision is passed after --end-of-options
        [program, "-C", str(folder), *arguments], capture_output=True, check=False
    )
    return finished.stdout if finished.returncode == 0 else None


def _refusal(revision: str, found: str, cure: str) -> ConfigurationError:
    return ConfigurationError(
        f"revision {revision}", found=found, expected="a git revision that holds the policy folder", cure=cure
    )

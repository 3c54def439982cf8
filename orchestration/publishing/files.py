"""The few file operations a publication needs: link, hash, make durable, make read-only, move a pointer."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from pathlib import Path


def link_or_copy(source: Path, target: Path) -> None:
    """Give ``source`` a second name at ``target``; copy where the file system cannot hard-link."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copyfile(source, target)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_durable(folder: Path) -> None:
    """Flush every file and folder under ``folder``, and ``folder`` itself, to disk."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            flush(Path(parent) / name)
        flush(Path(parent))


def flush(path: Path) -> None:
    """Flush one file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_read_only(folder: Path) -> None:
    """Take the write permission from every file under ``folder``."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)


def point(pointer: Path, target: str) -> None:
    """Make the symbolic link ``pointer`` name ``target``, in one step that readers see whole."""
    beside = pointer.with_name(f".{pointer.name}.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(pointer)
    flush(pointer.parent)


def remove_leftovers(folder: Path) -> None:
    """Remove what an interrupted publication left in ``folder``: hidden entries, links that stood in for a number."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.is_symlink() and (entry.name.isdigit() or entry.name.startswith(".")):
            entry.unlink()
        elif entry.name.startswith(".") and entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name.startswith("."):
            entry.unlink()

"""Reading a location: a local folder or an object store, listed and fetched, and never left.

A path is always relative to the location, in POSIX form. Whatever names a file outside the location (``..``, an
absolute path, a symbolic link that leads out) is refused before it is opened.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from orchestration.errors import ConfigurationError, DeliveryRefused

_URL = re.compile(r"^(s3|gs|az)://")
_DATA_FILE = re.compile(r"\.(csv|csv\.gz|parquet|(json|jsonl|ndjson)(\.gz)?)$", re.IGNORECASE)
_CHUNK = 8 * 1024 * 1024


@dataclass(frozen=True)
class StoredFile:
    """A file as the location lists it, without reading it.

    Attributes:
        path: relative to the location.
        size: bytes.
        tag: changes when the content may have changed: the object's ETag, else its time of change in nanoseconds.
        modified: time of the last change, UTC.
    """

    path: str
    size: int
    tag: str
    modified: dt.datetime


class Store(Protocol):
    """A location that can be listed and read."""

    address: str

    def files(self) -> dict[str, StoredFile]:
        """Return every file below the location by its path, in path order."""

    def read(self, path: str) -> bytes:
        """Return the whole content of a small file, such as a manifest."""

    def fetch(self, path: str, folder: Path) -> Path:
        """Return a local file with the content of ``path``, copied below ``folder`` unless it is local already."""


def open_store(location: str) -> Store:
    """Open a location.

    Args:
        location: an absolute folder or file, or an ``s3://``, ``gs://`` or ``az://`` address of a folder or file.

    Raises:
        ConfigurationError: there is nothing there, or the address cannot be understood.
    """
    if _URL.match(location):
        folder, only = location, None
        if _DATA_FILE.search(location):
            folder, only = location.rsplit("/", 1)
        try:
            return RemoteStore(location, from_url(folder), only)
        except Exception as error:
            raise ConfigurationError(
                location,
                found=f"an address that cannot be opened ({str(error).splitlines()[0]})",
                expected="s3://bucket/prefix, gs://bucket/prefix or az://container/prefix",
                cure="Correct the location in the estate file, and give credentials by the provider's usual variables.",
            ) from None
    path = Path(location)
    if path.is_dir():
        return LocalStore(location, path.resolve())
    if path.is_file():
        return LocalStore(location, path.resolve().parent, path.resolve().name)
    raise ConfigurationError(
        location,
        found="nothing there",
        expected="a folder or file with the source's deliveries",
        cure="Correct the location in the estate file; it is relative to that file.",
    )


def checked_path(path: str, named_by: str) -> str:
    """Return ``path`` in its plain form if it stays inside the location.

    Args:
        path: a path relative to the location, as a manifest names it.
        named_by: the file that names it, for the message.

    Raises:
        DeliveryRefused: the path is absolute, climbs with ``..``, or hides either.
    """
    plain = PurePosixPath(path)
    hidden = "%2e" in path.lower() or "%2f" in path.lower() or "\\" in path or "\0" in path
    if hidden or plain.is_absolute() or ".." in plain.parts or not plain.parts:
        raise DeliveryRefused(
            named_by,
            found=f"the file name {path!r}",
            expected="files inside the delivery's own folder",
            cure="Do not use this delivery: its manifest was altered or belongs elsewhere. Have it exported again.",
        )
    return str(plain)


class LocalStore:
    """A folder, or one file of it.

    Args:
        address: the location as configured.
        root: the folder, resolved.
        only: the single file to see, or None for all.
    """

    def __init__(self, address: str, root: Path, only: str | None = None) -> None:
        self.address = address
        self._root = root
        self._only = only

    def files(self) -> dict[str, StoredFile]:
        """Return every file below the folder; links to folders are not followed, hidden files are not seen."""
        found = {}
        for folder, names, file_names in os.walk(self._root):
            names[:] = [] if self._only is not None else sorted(name for name in names if not name.startswith("."))
            for name in file_names:
                if name.startswith(".") or (self._only is not None and name != self._only):
                    continue
                file = Path(folder, name)
                if not file.is_file():
                    continue
                status = file.stat()
                path = file.relative_to(self._root).as_posix()
                modified = dt.datetime.fromtimestamp(status.st_mtime, tz=dt.UTC).replace(tzinfo=None)
                found[path] = StoredFile(path, status.st_size, str(status.st_mtime_ns), modified)
        return dict(sorted(found.items()))

    def read(self, path: str) -> bytes:
        """Return the content of a small file."""
        return self._inside(path).read_bytes()

    def fetch(self, path: str, folder: Path) -> Path:
        """Return the file itself: local files are read where they are."""
        return self._inside(path)

    def _inside(self, path: str) -> Path:
        file = (self._root / checked_path(path, self.address)).resolve()
        if not file.is_relative_to(self._root):
            raise DeliveryRefused(
                f"{self.address}: {path}",
                found="a link that leads out of the location",
                expected="files inside the location",
                cure="Copy the file into the location, or point the source at the folder that really holds it.",
            )
        return file


class RemoteStore:
    """An object store prefix, through obstore.

    Args:
        address: the location as configured.
        store: the opened store; its prefix is the location.
        only: the single object to see, or None for all.
    """

    def __init__(self, address: str, store: ObjectStore, only: str | None = None) -> None:
        self.address = address
        self._store = store
        self._only = only

    def files(self) -> dict[str, StoredFile]:
        """Return every object below the prefix."""
        found = {}
        with self._named_errors(""):
            for batch in obstore.list(self._store):
                for item in batch:
                    path = str(item["path"])
                    if self._only is not None and path != self._only:
                        continue
                    modified = item["last_modified"].astimezone(dt.UTC).replace(tzinfo=None)
                    tag = str(item["e_tag"] or modified.isoformat())
                    found[path] = StoredFile(path, int(item["size"]), tag, modified)
        return dict(sorted(found.items()))

    def read(self, path: str) -> bytes:
        """Return the content of a small object."""
        with self._named_errors(path):
            return bytes(obstore.get(self._store, checked_path(path, self.address)).bytes())

    def fetch(self, path: str, folder: Path) -> Path:
        """Copy the object below ``folder`` as a stream; the copy keeps the object's path."""
        target = folder / checked_path(path, self.address)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".partial")
        with self._named_errors(path), partial.open("wb") as file:
            for chunk in obstore.get(self._store, path).stream(min_chunk_size=_CHUNK):
                file.write(chunk)
        return partial.replace(target)

    @contextmanager
    def _named_errors(self, path: str) -> Iterator[None]:
        """Turn what the object store answers into an error that names the address and the cure."""
        try:
            yield
        except (BaseError, OSError) as error:
            raise ConfigurationError(
                f"{self.address.rstrip('/')}/{path}" if path else self.address,
                found=f"an object store that does not give it ({str(error).splitlines()[0]})",
                expected="a location that can be listed and read",
                cure="Check the address, the credentials in the provider's usual variables, and the network.",
            ) from None

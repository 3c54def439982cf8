"""ZIP archives of CSV files: what a provider splits into several files, as the one table that it is."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO

from orchestration.errors import DeliveryRefused

_BLOCK = 1024 * 1024


def is_archive(path: str) -> bool:
    """Whether a path names a ZIP archive."""
    return path.lower().endswith(".zip")


def unpack(local: Path, path: str, target: Path) -> None:
    """Write the CSV files of an archive to ``target``, one after the other by name, under one header.

    Args:
        local: the archive.
        path: its path in the location, for the message.
        target: the CSV file to write.

    Raises:
        DeliveryRefused: the archive is damaged or locked, holds no CSV file, or files of different headers.
    """
    try:
        with zipfile.ZipFile(local) as archive, target.open("wb") as table:
            members = sorted(name for name in archive.namelist() if name.lower().endswith(".csv"))
            if not members:
                raise _refused(path, f"{len(archive.namelist())} files, none of them CSV")
            first = b""
            for name in members:
                with archive.open(name) as member:
                    header = member.readline()
                    if name == members[0]:
                        first = header
                        table.write(header)
                    elif header.strip() != first.strip():
                        raise _refused(f"{path}: {name}", f"another header than that of {members[0]}")
                    _append(member, table)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise _refused(path, f"a ZIP archive that cannot be read ({error})") from None


def _append(member: IO[bytes], table: IO[bytes]) -> None:
    """Copy the rest of a file, to its last byte (so that its checksum is compared), and end its last line."""
    last = b"\n"
    while block := member.read(_BLOCK):
        table.write(block)
        last = block[-1:]
    if last != b"\n":
        table.write(b"\n")


def _refused(where: str, found: str) -> DeliveryRefused:
    return DeliveryRefused(
        where,
        found=found,
        expected="a whole ZIP archive of CSV files with one header",
        cure="The copy was cut off or altered; copy the file again, or have the provider deliver again.",
    )

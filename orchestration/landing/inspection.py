"""One pass over a data file before it is converted: what it is, whether it is whole, its hash and its line ends."""

from __future__ import annotations

import csv
import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import DeliveryRefused

_BLOCK = 1024 * 1024
_HEAD = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_FOREIGN = {
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file",
    b"PK\x03\x04": "a zip file",
    b"%PDF": "a PDF",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"<": "HTML or XML",
    b"{": "JSON",
    b"[": "JSON",
}


@dataclass(frozen=True)
class Inspection:
    """What one pass over a file told.

    Attributes:
        file_format: ``csv`` or ``parquet``.
        sha256: of the file as delivered, hexadecimal.
        size: bytes as delivered.
        is_gzip: whether the content is compressed with gzip.
        header: the CSV header's names, trimmed; empty for Parquet.
        line_ends: ``lf``, ``crlf`` or ``mixed``: what the bytes hold, inside quotes or not.
        types: what columns hold, for files whose types are not those of the Parquet that they become.
    """

    file_format: str
    sha256: str
    size: int
    is_gzip: bool = False
    header: tuple[str, ...] = ()
    line_ends: str = "lf"
    types: Mapping[str, str] | None = None


def inspect_file(local: Path, path: str) -> Inspection:
    """Read a file once, from its first to its last byte.

    Args:
        local: where it is.
        path: its name in the location; its extension says what it should be.

    Raises:
        DeliveryRefused: it is something else, is cut off, has no header or a header that names a column twice.
    """
    name = path.lower()
    with local.open("rb") as file:
        start = file.read(4)
    if name.endswith(".parquet"):
        return _inspect_parquet(local, path, start)
    is_gzip = name.endswith(".gz")
    if is_gzip and not start.startswith(b"\x1f\x8b"):
        raise _wrong_kind(path, _kind_of(start) or "text that is not compressed", "a gzip file, as its name says")
    digest = hashlib.sha256()
    size = feeds = returns = pairs = 0
    head, last = bytearray(), b""
    for raw, text in _blocks(local, path, is_gzip):
        digest.update(raw)
        size += len(raw)
        if len(head) < _HEAD:
            head += text[: _HEAD - len(head)]
        feeds += text.count(b"\n")
        returns += text.count(b"\r")
        pairs += text.count(b"\r\n") + (last == b"\r" and text.startswith(b"\n"))
        last = text[-1:] or last
    plain = bytes(head).removeprefix(_BOM)
    foreign = _kind_of(plain)
    if foreign:
        raise _wrong_kind(path, foreign, "CSV text in UTF-8, as its name says")
    line_ends = "lf" if not returns else "crlf" if pairs == returns == feeds else "mixed"
    return Inspection("csv", digest.hexdigest(), size, is_gzip, _header(plain, path), line_ends)


def unify_line_ends(local: Path, path: str, is_gzip: bool, target: Path) -> None:
    """Write a CSV file's text to ``target`` with every line end outside quotes as a line feed; values stay alike."""
    quoted, held = False, b""
    with target.open("wb") as file:
        for _, text in _blocks(local, path, is_gzip):
            block = held + text
            held = b"\r" if block.endswith(b"\r") else b""
            quoted = _unify(block[: len(block) - len(held)], quoted, file)
        _unify(held, quoted, file)


def _unify(block: bytes, quoted: bool, file: io.BufferedIOBase) -> bool:
    pieces = block.split(b'"')
    for index, piece in enumerate(pieces):
        if index:
            file.write(b'"')
            quoted = not quoted
        file.write(piece if quoted else piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    return quoted


def _blocks(local: Path, path: str, is_gzip: bool) -> Iterator[tuple[bytes, bytes]]:
    """Yield the file's bytes as delivered, each with the text they hold; a gzip file is checked to its last member."""
    inflate = zlib.decompressobj(wbits=31)
    with local.open("rb") as file:
        try:
            while raw := file.read(_BLOCK):
                if not is_gzip:
                    yield raw, raw
                    continue
                text, rest = bytearray(), raw
                while rest:
                    if inflate.eof:
                        if not rest.strip(b"\0"):
                            break
                        inflate = zlib.decompressobj(wbits=31)
                    text += inflate.decompress(rest)
                    rest = inflate.unused_data
                yield raw, bytes(text)
        except zlib.error as error:
            raise _damaged(path, f"a damaged gzip file ({error})") from None
    if is_gzip and not inflate.eof:
        raise _damaged(path, "a gzip file that ends early")


def _inspect_parquet(local: Path, path: str, start: bytes) -> Inspection:
    if start != b"PAR1":
        raise _wrong_kind(path, _kind_of(start) or "other bytes", "a Parquet file, as its name says")
    digest, size, tail = hashlib.sha256(), 0, b""
    with local.open("rb") as file:
        while raw := file.read(_BLOCK):
            digest.update(raw)
            size += len(raw)
            tail = (tail + raw)[-4:]
    if tail != b"PAR1" or size < 12:
        raise _damaged(path, "a Parquet file that ends early")
    return Inspection("parquet", digest.hexdigest(), size)


def _header(head: bytes, path: str) -> tuple[str, ...]:
    if not head.strip():
        raise DeliveryRefused(
            path,
            found="an empty file",
            expected="a CSV file with a header",
            cure="Have the provider deliver again, or remove the file.",
        )
    try:
        names = next(csv.reader(io.StringIO(head.decode("utf-8", errors="replace"), newline=""), strict=True))
        if "\ufffd" in "".join(names):
            raise csv.Error("it is not UTF-8")
    except csv.Error as error:
        raise DeliveryRefused(
            f"{path}:1",
            found=f"a header that cannot be read ({error})",
            expected="a CSV header in UTF-8, separated by commas and quoted with double quotes",
            cure="Export the file again as UTF-8 CSV.",
        ) from None
    return checked_names([name.strip() for name in names], f"{path}:1")


def checked_names(names: list[str], where: str) -> tuple[str, ...]:
    """Return column names that are all given and all different.

    Raises:
        DeliveryRefused: a name is empty or comes twice.
    """
    for position, name in enumerate(names, start=1):
        if not name:
            raise DeliveryRefused(
                where,
                found=f"no name for column {position} of {len(names)}",
                expected="a header with a name for each column",
                cure="Export the file again with its header.",
            )
        if name in names[: position - 1]:
            raise DeliveryRefused(
                where,
                found=f"the column {name} twice (columns {names.index(name) + 1} and {position})",
                expected="each column once",
                cure="Export the file again without the repeated column; which of the two is meant cannot be known.",
            )
    return tuple(names)


def _kind_of(start: bytes) -> str | None:
    stripped = start.removeprefix(_BOM).lstrip()
    for magic, kind in _FOREIGN.items():
        if stripped.startswith(magic):
            return kind
    return "binary data" if b"\0" in start[:64] else None


def _wrong_kind(path: str, found: str, expected: str) -> DeliveryRefused:
    return DeliveryRefused(
        path,
        found=found,
        expected=expected,
        cure="Check what was copied there: an error page or another file may have been saved under this name.",
    )


def _damaged(path: str, found: str) -> DeliveryRefused:
    return DeliveryRefused(
        path,
        found=found,
        expected="a whole file",
        cure="The copy was cut off or altered; copy the file again, or have the provider deliver again.",
    )

"""Receipts of landed deliveries, and which of them are in force.

A receipt lies beside its delivery's Parquet and never changes: it holds what follows from the delivery itself, never
from the machine or the moment of landing. Which receipts are in force is one small file per
source, `in_force.json`, replaced atomically when a delivery is complete on disk.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from orchestration.home import Home

_NUMBER_BITS = 29
_ROW_BITS = 31
_LOW_BITS = 3


class LandedFile(BaseModel):
    """A data file of a landed delivery.

    Attributes:
        path: relative to the source's location.
        sha256: of the file as delivered.
        size: bytes as delivered.
        rows: data rows landed from it.
        part: its Parquet file, relative to the delivery's folder.
        focus_version: the FOCUS version of its columns, for FOCUS-shaped kinds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    sha256: str
    size: int
    rows: int
    part: str
    focus_version: str | None = None


class Drift(BaseModel):
    """How the columns found differ from the declared ones.

    Attributes:
        absent: declared columns that were not delivered; they are landed as nulls.
        undeclared: delivered columns that are not declared; they travel in `_extra_columns`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    absent: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()


class Receipt(BaseModel):
    """What was landed of one delivery.

    Attributes:
        delivery_id: 12 hexadecimal digits of the sha256 over kind, source, period, scope and the files' hashes.
        source_id: the source.
        kind: its kind.
        billing_period: month, YYYY-MM.
        scope: what of the source it covers.
        manifest: the manifest's path, if the kind has one.
        files: the data files, in the order their rows are numbered.
        row_count: data rows landed.
        declared_row_count: data rows that the manifest declares; None when it declares none.
        cost_column: the kind's cash column; None for usage feeds.
        billed_cost: its sum, each row rounded half up at 12 decimals; None for usage feeds.
        currencies: currencies found.
        found_columns: columns found, over all files, sorted.
        landed_columns: name and type of the columns landed, in order.
        column_types: what the columns found hold (text, number, time, boolean, nested), for files that have types.
        drift: how found and declared columns differ.
        subjects: who is billed, as (provider, billing account), for file sets.
        is_final: whether the provider says that the month is closed; None when it does not say.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    delivery_id: str
    source_id: str
    kind: str
    billing_period: str
    scope: str
    delivered_at: dt.datetime
    manifest: str | None
    files: tuple[LandedFile, ...]
    row_count: int
    declared_row_count: int | None
    cost_column: str | None
    billed_cost: Decimal | None
    currencies: tuple[str, ...]
    found_columns: tuple[str, ...]
    landed_columns: tuple[tuple[str, str], ...]
    drift: Drift
    column_types: dict[str, str] = {}
    subjects: tuple[tuple[str, str], ...] = ()
    is_final: bool | None = None

    @property
    def delivery_number(self) -> int:
        """The delivery as a number of 29 bits, the upper part of its charges' identifiers."""
        return int(self.delivery_id, 16) & ((1 << _NUMBER_BITS) - 1)

    @property
    def byte_count(self) -> int:
        """Bytes as delivered."""
        return sum(file.size for file in self.files)


class InForce(BaseModel):
    """The delivery that stands for a scope and month.

    Attributes:
        delivery_id: which one.
        seen: path → (size, tag) of its files when it was last compared: equal means unchanged, without reading them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    delivery_id: str
    seen: dict[str, tuple[int, str]]


class FileContents(BaseModel):
    """What reading a file of a set told: enough to know its deliveries without reading it again.

    Attributes:
        size: bytes when it was read.
        tag: the store's tag when it was read.
        sha256: its hash.
        rule: the function that told a value's month: by another one the file is read again.
        periods: month → values of the kind's period column.
        subjects: month → who is billed, as (provider, billing account).
        stamps: first and last time in the kind's watermark column; None without one.
        appended: month → first and last time in the watermark column of its rows, for kinds that append to months.
        package: what the file says it was delivered with; '' for kinds whose files' names say it.
        made_at: when the package was made.
        members: what of the package it holds.
        is_read: whether the rows were read; False when only the stamps were, because newer files have every row.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int
    tag: str
    sha256: str
    rule: str = ""
    periods: dict[str, tuple[str, ...]]
    subjects: dict[str, tuple[tuple[str, str], ...]]
    stamps: tuple[dt.datetime, dt.datetime] | None = None
    appended: dict[str, tuple[dt.datetime, dt.datetime]] = {}
    package: str = ""
    made_at: dt.datetime | None = None
    members: tuple[str, ...] = ()
    is_read: bool = True


def delivery_id(kind: str, source_id: str, billing_period: str, scope: str, hashes: list[str]) -> str:
    """Return the identifier of a delivery: it follows from its content, and is the same on every machine."""
    text = json.dumps([kind, source_id, billing_period, scope, sorted(hashes)], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def first_charge_id(number: int, rows_before: int) -> int:
    """Return what to add to ``row << 3`` for the charge identifiers of a file's rows.

    Args:
        number: the delivery's number, 29 bits.
        rows_before: data rows of the delivery's earlier files.
    """
    return (number << (_ROW_BITS + _LOW_BITS)) | (rows_before << _LOW_BITS)


def most_rows() -> int:
    """Return how many rows one delivery may have: what the charge identifier has room for."""
    return (1 << _ROW_BITS) - 1


class Shelf:
    """One source's landed deliveries.

    Args:
        home: where runs write.
        kind: the source's kind.
        source_id: the source.
    """

    def __init__(self, home: Home, kind: str, source_id: str) -> None:
        self.folder = home.landing / kind / f"source_id={source_id}"
        self._pointer = self.folder / "in_force.json"
        self._contents = self.folder / "contents.json"

    def delivery_folder(self, billing_period: str, delivery: str) -> Path:
        """Return where a delivery's Parquet and receipt lie."""
        return self.folder / f"billing_period={billing_period}" / f"delivery_id={delivery}"

    def receipts(self) -> list[Receipt]:
        """Return every receipt, in force or not, by period, scope and identifier."""
        files = self.folder.glob("billing_period=*/delivery_id=*/receipt.json")
        receipts = [Receipt.model_validate_json(file.read_bytes()) for file in files]
        return sorted(receipts, key=lambda receipt: (receipt.billing_period, receipt.scope, receipt.delivery_id))

    def receipt(self, billing_period: str, delivery: str) -> Receipt | None:
        """Return a delivery's receipt; None when it was never landed."""
        file = self.delivery_folder(billing_period, delivery) / "receipt.json"
        return Receipt.model_validate_json(file.read_bytes()) if file.is_file() else None

    def in_force(self) -> dict[str, dict[str, InForce]]:
        """Return period → scope → what is in force."""
        if not self._pointer.is_file():
            return {}
        document = json.loads(self._pointer.read_text(encoding="utf-8"))
        return {
            period: {scope: InForce.model_validate(entry) for scope, entry in scopes.items()}
            for period, scopes in document.items()
        }

    def put_in_force(self, billing_period: str, scope: str, entry: InForce | None) -> None:
        """Say which delivery stands for a scope and month from now on; None withdraws it."""
        everything = self.in_force()
        scopes = everything.setdefault(billing_period, {})
        if entry is None:
            scopes.pop(scope, None)
        else:
            scopes[scope] = entry
        document = {
            period: {scope: entry.model_dump(mode="json") for scope, entry in sorted(scopes.items())}
            for period, scopes in sorted(everything.items())
            if scopes
        }
        replace_text(self._pointer, json.dumps(document, indent=1, ensure_ascii=False) + "\n")

    def contents(self) -> dict[str, FileContents]:
        """Return what is known of the files of a set, by path."""
        if not self._contents.is_file():
            return {}
        document = json.loads(self._contents.read_text(encoding="utf-8"))
        return {path: FileContents.model_validate(entry) for path, entry in document.items()}

    def remember_contents(self, contents: dict[str, FileContents]) -> None:
        """Keep what is known of the files of a set."""
        document = {path: entry.model_dump(mode="json") for path, entry in sorted(contents.items())}
        replace_text(self._contents, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def replace_text(file: Path, text: str) -> None:
    """Write a file beside itself and rename it, so that it is never seen half-written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{uuid.uuid4().hex[:8]}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)

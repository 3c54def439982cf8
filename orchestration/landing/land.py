"""Landing a source: the newest complete delivery of each scope and month, verified, converted, and put in force.

A delivery is written beside and renamed when it is whole; only then does `in_force.json` name it. Whatever is refused
leaves what was in force before untouched, and does not keep other deliveries from landing.
"""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import duckdb

from orchestration.errors import DeliveryRefused, TieoutError
from orchestration.home import Home
from orchestration.landing.checks import check_rows
from orchestration.landing.converting import Converted, Converter, connect
from orchestration.landing.declared import DeclaredTable, declared_tables
from orchestration.landing.file_set_deliveries import deliveries_of, standing, subjects_of
from orchestration.landing.kinds import KINDS
from orchestration.landing.kinds.base import DeliveredFile, Delivery, Discovery, FileSetDiscovery, Kind, Snapshot
from orchestration.landing.readers import time_sql
from orchestration.landing.receipts import (
    Drift,
    FileContents,
    InForce,
    LandedFile,
    Receipt,
    Shelf,
    delivery_id,
    first_charge_id,
    most_rows,
    replace_text,
)
from orchestration.landing.store import Store, StoredFile, open_store
from orchestration.warehouse.quoting import literals

if TYPE_CHECKING:
    from orchestration.estate import Source


Say = Callable[[str], None]


@dataclass(frozen=True)
class LateDelivery:
    """A delivery for a month that is closed.

    Attributes:
        source_id: the source.
        billing_period: month, YYYY-MM.
        scope: what of the source it covers.
        problem: why it could not be used even if the month were open; None when nothing speaks against it.
    """

    source_id: str
    billing_period: str
    scope: str
    problem: str | None = None

    def __str__(self) -> str:
        """Return it in words."""
        told = f"{self.source_id}: a delivery for {self.billing_period} came after its close"
        scope = f" ({self.scope})" if self.scope else ""
        return f"{told}{scope}; {self.problem}" if self.problem else f"{told}{scope}"


@dataclass
class LandingResult:
    """What became of a source's deliveries.

    Attributes:
        receipts: of the deliveries landed now.
        refusals: what was not landed, and why.
        unchanged: receipts of the deliveries that were in force already.
        waiting: months whose data has no manifest yet, in words.
        late: deliveries for months that are closed; they are left where the provider put them.
    """

    receipts: list[Receipt] = field(default_factory=list)
    refusals: list[TieoutError] = field(default_factory=list)
    unchanged: list[Receipt] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    late: list[LateDelivery] = field(default_factory=list)


@dataclass(frozen=True)
class Pending:
    """A delivery that the listing and the manifests show and that is not landed yet.

    Attributes:
        source_id: the source.
        billing_period: month, YYYY-MM; None where only reading a file tells.
        scope: what of the source it covers.
        tag: changes with every new delivery of the scope and month; a sensor's cursor.
    """

    source_id: str
    billing_period: str | None
    scope: str
    tag: str


def land_source(
    source: Source,
    home: Home,
    *,
    billing_periods: Collection[str] | None = None,
    closed_periods: Mapping[str, Collection[str]] = MappingProxyType({}),
    progress: Say | None = None,
    store: Store | None = None,
    tables: dict[str, DeclaredTable] | None = None,
) -> LandingResult:
    """Land what is new of a source.

    Args:
        source: the source.
        home: where to land it.
        billing_periods: only these months (YYYY-MM); None for all.
        closed_periods: months of which nothing is landed any more, nor withdrawn: what is in force stays; each with
            the deliveries, of any month, that its figures were made of: those stay as they were landed.
        progress: called with a line about each file.
        store: the opened location; None opens `source.location`.
        tables: declared tables; None reads the project's.

    Returns:
        Receipts of what was landed and of what was in force already, and every refusal. Nothing is raised for a
        delivery that cannot be used.
    """
    kind = KINDS[source.kind]
    table = (tables or declared_tables())[source.kind]
    shelf = Shelf(home, source.kind, source.id)
    work = home.landing / ".work" / f"{source.id}-{uuid.uuid4().hex[:8]}"
    work.mkdir(parents=True)
    try:
        store = store or open_store(source.location)
        with connect(work / "spill") as con:
            converter = Converter(con, store, table, work, progress or (lambda line: None), kind)
            kept = frozenset(delivery for deliveries in closed_periods.values() for delivery in deliveries)
            only = None if billing_periods is None else frozenset(billing_periods)
            chosen = _Limits(only, frozenset(closed_periods), kept)
            landing = _Landing(kind, table, source, shelf, store.files(), converter, con, work, chosen)
            result = landing.run(store)
    except TieoutError as refusal:
        result = LandingResult(refusals=[refusal])
    finally:
        shutil.rmtree(work, ignore_errors=True)
    result.refusals = [_of_source(source.id, refusal) for refusal in result.refusals]
    return result


def pending(source: Source, home: Home, *, store: Store | None = None) -> list[Pending]:
    """Return what is not landed yet, from the listing and the manifests alone.

    Raises:
        TieoutError: the location cannot be opened.
    """
    kind = KINDS[source.kind]
    shelf = Shelf(home, source.kind, source.id)
    store = store or open_store(source.location)
    files = store.files()
    if kind.discover:
        return [
            Pending(source.id, delivery.billing_period, delivery.scope, f"{delivery.delivered_at:%Y%m%dT%H%M%S%f}")
            for delivery in _wanted(source, kind, kind.discover(source.id, files, store.read).deliveries)
            if not _is_seen(kind, shelf, delivery, files)
        ]
    contents = {
        path: entry for path, entry in shelf.contents().items() if path in files and _is_same(kind, entry, files[path])
    }
    sets = _file_sets(kind, files)
    unread: dict[str, list[StoredFile]] = {}
    for scope, snapshots in sets.snapshots.items():
        new = [files[path] for path in _unread(kind, snapshots, contents)]
        if new:
            unread[scope] = new
    known = {scope: snapshots for scope, snapshots in sets.snapshots.items() if scope not in unread}
    found = [
        Pending(source.id, None, scope, "|".join(f"{file.path}:{file.tag}" for file in new))
        for scope, new in sorted(unread.items())
    ]
    if not (kind.adds_up and unread):
        found += [
            Pending(source.id, delivery.billing_period, delivery.scope, f"{delivery.delivered_at:%Y%m%dT%H%M%S%f}")
            for delivery in _wanted(source, kind, deliveries_of(kind, source.id, known, contents).deliveries)
            if not _is_seen(kind, shelf, delivery, files)
        ]
    return found


@dataclass(frozen=True)
class _Limits:
    """What a call lands: these months or all, none that is closed, and nothing again that a closed one was made of."""

    only: frozenset[str] | None
    closed: frozenset[str]
    kept: frozenset[str]


class _Landing:
    """One call of `land_source`."""

    def __init__(
        self,
        kind: Kind,
        table: DeclaredTable,
        source: Source,
        shelf: Shelf,
        files: dict[str, StoredFile],
        converter: Converter,
        con: duckdb.DuckDBPyConnection,
        work: Path,
        limits: _Limits,
    ) -> None:
        self._kind = kind
        self._table = table
        self._source = source
        self._shelf = shelf
        self._files = files
        self._converter = converter
        self._con = con
        self._work = work
        self._limits = limits
        self._contents: dict[str, FileContents] = {}
        self._result = LandingResult()

    def run(self, store: Store) -> LandingResult:
        """Find the deliveries and land those that are new."""
        if self._kind.discover:
            found = self._kind.discover(self._source.id, self._files, store.read)
        else:
            found = self._discover_file_sets()
        self._result.refusals += [refusal for refusal in found.refusals if not self._is_late(refusal)]
        self._result.waiting += found.waiting
        if not (found.deliveries or found.refusals or found.waiting or self._shelf.in_force()):
            self._result.refusals.append(self._nothing_found(store.address))
        for delivery in sorted(
            _wanted(self._source, self._kind, found.deliveries), key=lambda item: (item.billing_period, item.scope)
        ):
            if self._limits.only is None or delivery.billing_period in self._limits.only:
                try:
                    if delivery.billing_period in self._limits.closed:
                        self._leave(delivery)
                    else:
                        self._land(delivery)
                except DeliveryRefused as refusal:
                    refusal.billing_period = delivery.billing_period
                    if not self._is_late(refusal, delivery.scope):
                        self._result.refusals.append(refusal)
        return self._result

    def _is_late(self, refusal: TieoutError, scope: str = "") -> bool:
        """Note a refusal for a closed month as late; return whether it was one."""
        period = getattr(refusal, "billing_period", None)
        if period not in self._limits.closed:
            return False
        self._result.late.append(LateDelivery(self._source.id, str(period), scope, str(refusal)))
        return True

    def _leave(self, delivery: Delivery) -> None:
        """Compare a delivery for a closed month with what the month was closed with; land nothing."""
        current = self._shelf.in_force().get(delivery.billing_period, {}).get(delivery.scope)
        receipt = self._shelf.receipt(delivery.billing_period, current.delivery_id) if current else None
        if receipt and (
            _is_seen(self._kind, self._shelf, delivery, self._files)
            or self._identity(delivery, self._stored_files(delivery)) == receipt.delivery_id
        ):
            self._result.unchanged.append(receipt)
        else:
            self._result.late.append(LateDelivery(self._source.id, delivery.billing_period, delivery.scope))

    def _land(self, delivery: Delivery) -> None:
        stored = self._stored_files(delivery)
        current = self._shelf.in_force().get(delivery.billing_period, {}).get(delivery.scope)
        landed = self._landed(delivery, current.delivery_id) if current else None
        if landed and _is_seen(self._kind, self._shelf, delivery, self._files):
            self._result.unchanged.append(landed)
            return
        kept = self._kept(delivery, stored) if self._kind.is_append_only else None
        if kept:
            self._result.unchanged.append(kept)
            return
        identity = self._identity(delivery, stored)
        receipt = self._landed(delivery, identity)
        if receipt is None:
            constants = {file.path: dict(file.values) for file in delivery.files if file.values}
            receipt = self._write(delivery, identity, self._converter.convert(stored, constants))
        seen = {file.path: (file.size, file.tag) for file in stored}
        self._check_number(receipt)
        self._shelf.put_in_force(delivery.billing_period, delivery.scope, InForce(delivery_id=identity, seen=seen))
        is_same = current is not None and current.delivery_id == identity and landed is not None
        (self._result.unchanged if is_same else self._result.receipts).append(receipt)

    def _identity(self, delivery: Delivery, stored: list[StoredFile]) -> str:
        """Return the identifier of a delivery, which takes reading its files."""
        inspections = self._converter.inspect(stored)
        return delivery_id(
            delivery.kind,
            delivery.source_id,
            delivery.billing_period,
            delivery.scope,
            [
                # which days a file stands for, and what it is, is not in the file, and part of what was delivered
                inspection.sha256
                + "".join(f" {value}" for value in file.only_values or ())
                + (f" before {file.before}" if file.before else "")
                + "".join(f" {column}={value}" for column, value in file.values)
                for file, inspection in zip(delivery.files, inspections, strict=True)
            ],
        )

    def _kept(self, delivery: Delivery, stored: list[StoredFile]) -> Receipt | None:
        """Return the receipt in force when files of it are gone and none is new: what they said stays.

        Raises:
            DeliveryRefused: a file is there twice, or files came after others went, whose rows the month would lose.
        """
        hashes = [inspection.sha256 for inspection in self._converter.inspect(stored)]
        for file, sha256 in zip(delivery.files, hashes, strict=True):
            if hashes.count(sha256) > 1:
                raise DeliveryRefused(
                    file.path,
                    found="the same content as in "
                    + next(
                        other.path
                        for other, its in zip(delivery.files, hashes, strict=True)
                        if its == sha256 and other != file
                    ),
                    expected="each file of the provider once",
                    cure="Remove one of the two: their rows would count twice.",
                )
        current = self._shelf.in_force().get(delivery.billing_period, {}).get(delivery.scope)
        receipt = self._shelf.receipt(delivery.billing_period, current.delivery_id) if current else None
        gone = [file.path for file in receipt.files if file.sha256 not in hashes] if receipt else []
        if receipt and gone and not set(hashes) <= {file.sha256 for file in receipt.files}:
            raise DeliveryRefused(
                gone[0],
                found="no such file any more, or other content, beside files that are new",
                expected="every file that was landed for this month, as it was",
                cure="Copy the file back from the provider or from an archive: a file is written once, and the month "
                "would lose its rows.",
            )
        return receipt if gone else None

    def _landed(self, delivery: Delivery, identity: str) -> Receipt | None:
        """Return the receipt of a delivery that is on disk with the columns that are declared today.

        What a closed month was made of is never written again: columns declared since are nulls in it.
        """
        receipt = self._shelf.receipt(delivery.billing_period, identity)
        is_usable = receipt and (
            receipt.landed_columns == _landed_columns(self._table) or identity in self._limits.kept
        )
        return receipt if is_usable else None

    def _stored_files(self, delivery: Delivery) -> list[StoredFile]:
        stored = []
        for file in delivery.files:
            found = self._files.get(file.path)
            if found is None:
                raise DeliveryRefused(
                    f"{delivery.manifest}: {file.path}",
                    found="no such file",
                    expected="every file that the manifest lists",
                    cure="Copy the missing part, or have the provider deliver again.",
                )
            if file.size is not None and file.size != found.size:
                raise DeliveryRefused(
                    f"{file.path}",
                    found=f"{found.size} bytes",
                    expected=f"{file.size} bytes, as {delivery.manifest} says",
                    cure="The copy was cut off or altered; copy the file again, or have the provider deliver again.",
                )
            stored.append(found)
        return stored

    def _write(self, delivery: Delivery, identity: str, converted: list[Converted]) -> Receipt:
        for file, result in zip(delivery.files, converted, strict=True):
            _check_declared(delivery, file.rows, result)
        parts = [self._part(delivery, file, result) for file, result in zip(delivery.files, converted, strict=True)]
        matched = set().union(*(result.matched for result in converted))
        totals = check_rows(self._con, parts, self._table, matched)
        rows = dict(self._con.execute("select _source_file, count(*) from delivery group by all").fetchall())
        receipt = Receipt(
            delivery_id=identity,
            source_id=delivery.source_id,
            kind=delivery.kind,
            billing_period=delivery.billing_period,
            scope=delivery.scope,
            delivered_at=delivery.delivered_at,
            manifest=delivery.manifest,
            files=(),
            row_count=totals.rows,
            declared_row_count=delivery.declared_rows,
            cost_column=self._table.money,
            billed_cost=totals.cost,
            currencies=totals.currencies,
            found_columns=tuple(sorted({name for result in converted for name in result.found})),
            landed_columns=_landed_columns(self._table),
            drift=Drift(
                absent=tuple(sorted({name for result in converted for name in result.absent})),
                undeclared=tuple(sorted({name for result in converted for name in result.undeclared})),
            ),
            column_types={name: kind for result in reversed(converted) for name, kind in sorted(result.types.items())},
            subjects=subjects_of(delivery, self._contents) if self._contents else (),
        )
        beside = self._work / f"delivery-{identity}"
        landed, rows_before = [], 0
        for index, (result, part) in enumerate(zip(converted, parts, strict=True)):
            first = first_charge_id(receipt.delivery_number, rows_before)
            target = beside / f"first_charge_id={first}" / f"part-{index}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            part.replace(target)
            landed.append(
                LandedFile(
                    path=result.stored.path,
                    sha256=result.sha256,
                    size=result.stored.size,
                    rows=int(rows.get(result.stored.path, 0)),
                    part=target.relative_to(beside).as_posix(),
                    focus_version=result.focus_version,
                )
            )
            rows_before += result.rows
        if rows_before > most_rows():
            raise DeliveryRefused(
                delivery.manifest or delivery.files[0].path,
                found=f"{rows_before} rows in one delivery",
                expected=f"at most {most_rows()}",
                cure="Split the export by account, so that each part is a source of its own.",
            )
        receipt = receipt.model_copy(update={"files": tuple(landed)})
        replace_text(beside / "receipt.json", receipt.model_dump_json(indent=1) + "\n")
        folder = self._shelf.delivery_folder(delivery.billing_period, identity)
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            folder.rename(self._work / f"old-{identity}")
        beside.rename(folder)
        return receipt

    def _part(self, delivery: Delivery, file: DeliveredFile, result: Converted) -> Path:
        """Return the Parquet of a file's rows that belong to the delivery: a file of its own, to be moved."""
        part = self._work / f"{result.parquet.stem}-{delivery.billing_period}.parquet"
        only_values = file.only_values or delivery.only_values
        conditions = []
        if only_values is not None and not set(only_values) >= self._values(result.stored.path):
            chosen = literals(only_values)
            conditions.append(f"{_period_column(self._kind)} in ({chosen})")
        if file.before:
            conditions.append(f"coalesce(\"{self._kind.watermark}\" < timestamp '{file.before}', true)")
        if not conditions:
            return result.parquet.replace(part)
        self._con.execute(
            f"copy (select * from read_parquet(['{result.parquet}'], hive_partitioning = false) "  # noqa: S608
            f"where {' and '.join(conditions)}) to '{part}' (format parquet, compression zstd)"
        )
        return part

    def _values(self, path: str) -> set[str]:
        return {value for values in self._contents[path].periods.values() for value in values}

    def _discover_file_sets(self) -> Discovery:
        """Read the files whose contents are not known yet, then derive the deliveries."""
        sets = _file_sets(self._kind, self._files)
        known = self._shelf.contents()
        found = Discovery(refusals=list(sets.refusals))
        usable = {}
        for scope, snapshots in sets.snapshots.items():
            try:
                stored = [self._files[path] for snapshot in snapshots for path in snapshot.paths]
                self._contents |= {file.path: known[file.path] for file in stored if _is_known(self._kind, known, file)}
                self._read(self._look_back(snapshots) if self._kind.looks_back else stored)
                usable[scope] = snapshots
            except DeliveryRefused as refusal:
                found.refusals.append(refusal)
        self._shelf.remember_contents(self._contents)
        if self._kind.adds_up and found.refusals:
            return found
        derived = deliveries_of(self._kind, self._source.id, usable, self._contents)
        found.deliveries, found.refusals = derived.deliveries, found.refusals + derived.refusals
        self._withdraw_replaced(derived, set(sets.snapshots))
        return found

    def _read(self, stored: list[StoredFile]) -> None:
        """Read what the files' rows say, where that is not known yet."""
        unread = [file for file in stored if not self._is_read(file)]
        for converted in self._converter.convert(unread):
            self._contents[converted.stored.path] = self._read_contents(converted)

    def _is_read(self, file: StoredFile) -> bool:
        known = self._contents.get(file.path)
        return known is not None and known.is_read

    def _look_back(self, snapshots: list[Snapshot]) -> list[StoredFile]:
        """Return the files that count of a scope with a watermark: older ones are looked at only as far as needed."""
        while True:
            counting, unknown = standing(snapshots, self._contents)
            if unknown is None:
                return [self._files[path] for item in counting for path in item.snapshot.paths]
            stored = [self._files[path] for path in unknown.paths]
            for file, (sha256, stamps) in zip(
                stored, self._converter.stamps(stored, self._kind.watermark), strict=True
            ):
                self._contents[file.path] = FileContents(
                    size=file.size, tag=file.tag, sha256=sha256, periods={}, subjects={}, stamps=stamps, is_read=False
                )

    def _withdraw_replaced(self, derived: Discovery, scopes: set[str]) -> None:
        """Withdraw deliveries whose files are gone and whose accounts a new delivery of the month bills."""
        if self._kind.adds_up:
            return
        for period, in_force in self._shelf.in_force().items():
            if period in self._limits.closed:
                continue
            for scope, entry in in_force.items():
                receipt = self._shelf.receipt(period, entry.delivery_id)
                if scope in scopes or receipt is None:
                    continue
                billed = {
                    subject
                    for delivery in derived.deliveries
                    if delivery.billing_period == period
                    for subject in subjects_of(delivery, self._contents)
                }
                if billed & set(receipt.subjects):
                    self._shelf.put_in_force(period, scope, None)

    def _read_contents(self, converted: Converted) -> FileContents:
        """Read which months a file's rows belong to, and who is billed in them."""
        stored = converted.stored
        column = _period_column(self._kind)
        relation = f"read_parquet(['{converted.parquet}'], hive_partitioning = false)"
        periods: dict[str, list[str]] = {}
        for value, row in self._con.execute(
            f"select {column}, min(_source_row) from {relation} group by 1 order by 2"  # noqa: S608
        ).fetchall():
            period = self._kind.period_of(str(value)) if self._kind.period_of and value is not None else None
            if period is None:
                raise DeliveryRefused(
                    f"{stored.path}, row {row}: {self._kind.period_column}",
                    found="nothing" if value is None else repr(value),
                    expected="a date that tells the row's month",
                    cure="Have the provider deliver again; a row without a month cannot be billed.",
                )
            periods.setdefault(period, []).append(str(value))
        subjects: dict[str, list[tuple[str, str]]] = {}
        if self._kind.subject_columns:
            providers, account = self._kind.subject_columns
            names = [f"nullif(trim(\"{name}\"), '')" for name in providers if name in converted.matched]
            provider = f"coalesce({', '.join(names)}, '')" if names else "''"
            for value, who, whom in self._con.execute(
                f"select distinct {column}, {provider}, coalesce(\"{account}\", '') from {relation} order by 1, 2, 3"  # noqa: S608
            ).fetchall():
                month = next(month for month, values in periods.items() if str(value) in values)
                subjects.setdefault(month, []).append((str(who), str(whom)))
        package, made_at, members = self._package(relation)
        return FileContents(
            size=stored.size,
            tag=stored.tag,
            sha256=converted.sha256,
            package=package,
            made_at=made_at,
            members=members,
            rule=_rule(self._kind),
            periods={month: tuple(values) for month, values in sorted(periods.items())},
            subjects={month: tuple(sorted(set(who))) for month, who in sorted(subjects.items())},
            stamps=self._contents[stored.path].stamps if self._kind.looks_back else None,
            appended=self._appended(relation, column, periods) if self._kind.appends_to_months else {},
        )

    def _appended(
        self, relation: str, column: str, periods: Mapping[str, Collection[str]]
    ) -> dict[str, tuple[dt.datetime, dt.datetime]]:
        """Read when each month's rows were first and last appended; a month of which no row says it is left out."""
        stamp = f'"{self._kind.watermark}"'
        stamped = {
            str(value): (first, last)
            for value, first, last in self._con.execute(
                f"select {column}, min({stamp}), max({stamp}) from {relation} where {stamp} is not null group by 1"  # noqa: S608
            ).fetchall()
        }
        found = {month: [stamped[value] for value in values if value in stamped] for month, values in periods.items()}
        return {
            month: (min(first for first, _ in times), max(last for _, last in times))
            for month, times in sorted(found.items())
            if times
        }

    def _package(self, relation: str) -> tuple[str, dt.datetime | None, tuple[str, ...]]:
        """Read what a file says it was delivered with, and when that was made; nothing for kinds whose names say it."""
        packages = self._kind.packages
        if packages is None:
            return "", None, ()
        rows = self._con.execute(
            f'select min("{packages.package}"), max("{packages.made_at}"), "{packages.member}" '  # noqa: S608
            f"from {relation} group by 3 order by 3"
        ).fetchall()
        return (str(rows[0][0]), rows[0][1], tuple(str(member) for *_, member in rows)) if rows else ("", None, ())

    def _check_number(self, receipt: Receipt) -> None:
        """Refuse the one in 500 million chance that two deliveries of a month share their number."""
        for scope, entry in self._shelf.in_force().get(receipt.billing_period, {}).items():
            other = self._shelf.receipt(receipt.billing_period, entry.delivery_id)
            if other and scope != receipt.scope and other.delivery_number == receipt.delivery_number:
                raise DeliveryRefused(
                    receipt.manifest or receipt.files[0].path,
                    found=f"the same delivery number as {other.delivery_id}",
                    expected="a number of its own within the month",
                    cure="Give one of the two exports a source of its own.",
                )

    def _nothing_found(self, address: str) -> DeliveryRefused:
        return DeliveryRefused(
            address,
            found=f"{len(self._files)} files, and no delivery of kind {self._kind.name} among them",
            expected="at least one delivery as the kind lays it out",
            cure="Check the source's kind and location in the estate file.",
        )


def _of_source(source_id: str, refusal: TieoutError) -> TieoutError:
    """Return the refusal with its source: the file's path is relative to it."""
    named = type(refusal)(
        f"{source_id}: {refusal.where}", found=refusal.found, expected=refusal.expected, cure=refusal.cure
    )
    if isinstance(refusal, DeliveryRefused) and isinstance(named, DeliveryRefused):
        named.billing_period = refusal.billing_period
    return named


def _check_declared(delivery: Delivery, declared_rows: int | None, result: Converted) -> None:
    """Compare a converted file with what the manifest says about it."""
    if declared_rows is not None and declared_rows != result.rows:
        raise DeliveryRefused(
            result.stored.path,
            found=f"{result.rows} data rows",
            expected=f"{declared_rows} data rows, as {delivery.manifest} says",
            cure="The file was cut off or altered; copy it again, or have the provider deliver again.",
        )
    if delivery.declared_columns is None:
        return
    declared = [name.strip() for name in delivery.declared_columns]
    if sorted(declared) != sorted(result.found):
        differing = sorted(set(declared) ^ set(result.found))
        raise DeliveryRefused(
            result.stored.path,
            found=f"{len(result.found)} columns",
            expected=f"{len(declared)} columns, as {delivery.manifest} says"
            + (f"; they differ in {', '.join(differing[:5])}" if differing else ""),
            cure="The file does not belong to this manifest; copy the delivery again as a whole.",
        )


def _file_sets(kind: Kind, files: dict[str, StoredFile]) -> FileSetDiscovery:
    if kind.file_sets is None:
        raise TypeError(f"the kind {kind.name} has neither manifests nor file sets")
    return kind.file_sets(files)


def _wanted(source: Source, kind: Kind, deliveries: list[Delivery]) -> list[Delivery]:
    """Return the deliveries of months that are wanted of the source and, where a kind tells the future, have begun.

    A last month that the estate file names takes the place of today.
    """
    begun = kind.only_begun_months and source.last_period is None
    until = dt.datetime.now(dt.UTC).strftime("%Y-%m") if begun else "9999-12"
    return [
        delivery
        for delivery in deliveries
        if source.covers(delivery.billing_period) and delivery.billing_period <= until
    ]


def _unread(kind: Kind, snapshots: list[Snapshot], contents: dict[str, FileContents]) -> list[str]:
    """Return the files of a scope that must be read before its deliveries are known."""
    if not kind.looks_back:
        return [path for snapshot in snapshots for path in snapshot.paths if path not in contents]
    try:
        counting, unknown = standing(snapshots, contents)
    except DeliveryRefused:
        return []
    if unknown:
        return list(unknown.paths)
    return [path for item in counting for path in item.snapshot.paths if not contents[path].is_read]


def _is_known(kind: Kind, contents: dict[str, FileContents], stored: StoredFile) -> bool:
    known = contents.get(stored.path)
    return known is not None and _is_same(kind, known, stored)


def _is_same(kind: Kind, known: FileContents, stored: StoredFile) -> bool:
    """Whether a file is the one that is known, and its rows' months were told by today's rule."""
    is_told = known.rule == _rule(kind) or not known.is_read
    return is_told and (known.size, known.tag) == (stored.size, stored.tag)


def _rule(kind: Kind) -> str:
    """Return the name of the rule by which a kind tells a row's month, and of what else is read of it."""
    rule = getattr(kind.period_of, "__name__", "")
    return f"{rule} by {kind.watermark}" if kind.appends_to_months else rule


def _is_seen(kind: Kind, shelf: Shelf, delivery: Delivery, files: dict[str, StoredFile]) -> bool:
    """Whether the delivery in force has exactly these files, as far as sizes and tags tell.

    Where files are never written again, it may have more: those that the provider has deleted since.
    """
    current = shelf.in_force().get(delivery.billing_period, {}).get(delivery.scope)
    if current is None:
        return False
    listed = {path: files.get(path) for path in (file.path for file in delivery.files)}
    found = {path: (file.size, file.tag) for path, file in listed.items() if file}
    return current.seen == found or (kind.is_append_only and found.items() <= current.seen.items())


def _landed_columns(table: DeclaredTable) -> tuple[tuple[str, str], ...]:
    return tuple((column.name, str(column.data_type)) for column in table.landed)


def _period_column(kind: Kind) -> str:
    """Return SQL of what tells a row's month; what is no moment is left as it is, to be refused by its text."""
    column = f'"{kind.period_column}"'
    if not kind.by_hour:
        return column
    text = f"cast({column} as varchar)"
    return f"coalesce(cast(date_trunc('hour', try({time_sql(text)})) as varchar), {text})"

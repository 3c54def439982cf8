"""What every kind has in common: deliveries, how they are found, and the reading of manifests."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from orchestration.errors import DeliveryRefused, TieoutError
from orchestration.landing.store import StoredFile, checked_path


@dataclass(frozen=True)
class DeliveredFile:
    """A data file of a delivery.

    Attributes:
        path: relative to the location.
        size: bytes that the manifest declares; None when it declares none.
        rows: data rows that the manifest declares; None when it declares none.
        only_values: for kinds whose newest file stands for each value of the period column: the values this file
            stands for; None when the delivery says which rows are its own.
        before: for kinds with a watermark: only rows stamped before this time (ISO) count, for a newer file has the
            others; None when every row counts.
        values: what holds for every row of the file and is not in it: declared column → value.
    """

    path: str
    size: int | None = None
    rows: int | None = None
    only_values: tuple[str, ...] | None = None
    before: str | None = None
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Delivery:
    """What a provider delivered for one scope and month, as the listing and the manifests tell it.

    Attributes:
        kind: the source's kind.
        source_id: the source.
        billing_period: month, YYYY-MM.
        scope: what of the source it covers; a newer delivery of the same scope and month replaces it.
        files: the data files, in the order their rows are numbered.
        delivered_at: when the provider made it, UTC.
        manifest: the manifest's path; None for kinds without one.
        declared_columns: column names that the manifest declares, if any.
        only_values: for file sets, whose rows may belong to several months: the values of the kind's period column
            that belong to this month; None when every row does.
    """

    kind: str
    source_id: str
    billing_period: str
    scope: str
    files: tuple[DeliveredFile, ...]
    delivered_at: dt.datetime
    manifest: str | None = None
    declared_columns: tuple[str, ...] | None = None
    only_values: tuple[str, ...] | None = None

    @property
    def declared_rows(self) -> int | None:
        """Data rows that the manifest declares over all files; None when it does not say for each."""
        counts = [file.rows for file in self.files if file.rows is not None]
        return sum(counts) if counts and len(counts) == len(self.files) else None


@dataclass
class Discovery:
    """The newest delivery of each scope and month, and what cannot be used.

    Attributes:
        deliveries: at most one per scope and month.
        refusals: broken manifests and the like, each naming its file.
        waiting: months with data files but no manifest yet, in words.
    """

    deliveries: list[Delivery] = field(default_factory=list)
    refusals: list[TieoutError] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Snapshot:
    """Files that were delivered together.

    Attributes:
        paths: the files, in the order their rows are numbered.
        delivered_at: when, UTC.
        names_period: the month that the files' names say they are for, if they do.
    """

    paths: tuple[str, ...]
    delivered_at: dt.datetime
    names_period: str | None = None


@dataclass
class FileSetDiscovery:
    """Which files of a location without manifests count, and to which scope and snapshot each belongs.

    Attributes:
        snapshots: per scope, its snapshots from oldest to newest.
        refusals: sets that are not complete, and the like.
    """

    snapshots: dict[str, list[Snapshot]] = field(default_factory=dict)
    refusals: list[TieoutError] = field(default_factory=list)


@dataclass(frozen=True)
class Rows:
    """The rows that a file which is no table holds, as a table of text.

    Attributes:
        columns: names, in order; every row has exactly these keys.
        values: one dictionary per row, in file order; None where the file says nothing.
        types: what columns hold (text, number, boolean, nested), for files that have types.
    """

    columns: tuple[str, ...]
    values: tuple[Mapping[str, str | None], ...]
    types: Mapping[str, str] = field(default_factory=dict)


ReadFile = Callable[[str], bytes]
ToRows = Callable[[str, bytes], Rows | pa.Table]
ConstantsOf = Callable[[str], Mapping[str, str]]
ManifestDiscovery = Callable[[str, Mapping[str, StoredFile], ReadFile], Discovery]
FileSets = Callable[[Mapping[str, StoredFile]], FileSetDiscovery]
PeriodOf = Callable[[str], str | None]
ColumnNames = Callable[[Sequence[str]], tuple[str, ...]]
CheckColumns = Callable[[str, Sequence[str]], None]


@dataclass(frozen=True)
class Packages:
    """Columns of a kind whose files say themselves what they were delivered with, and when: names say nothing.

    Attributes:
        package: identifier of the package; its files add up.
        made_at: when it was made: of each value of the period column, the package made last counts.
        member: what of the package a row was in; two files of a package that hold the same are refused.
    """

    package: str
    made_at: str
    member: str


@dataclass(frozen=True)
class Kind:
    """How the deliveries of one kind are laid out.

    Exactly one of ``discover`` (kinds with manifests) and ``file_sets`` (kinds without) is given.

    Attributes:
        name: as the estate file writes it.
        discover: source id, listing and reader → the newest deliveries.
        file_sets: listing → files that count, by scope and snapshot.
        period_column: for file sets: the column that decides a row's month.
        period_of: for file sets: a value of that column → YYYY-MM; None when it is not a date of the kind.
        by_hour: for file sets of logs, with a row per moment: the hour of the period column, in UTC, stands for its
            value.
        subject_columns: for file sets with money: candidates of the provider's name, then the billing account.
        subject_name: what the second of them names, in words.
        adds_up: for file sets: the scopes add up to one delivery per month, instead of one per scope and month.
        newest_per_value: for file sets: the newest file stands for each value of the period column (a day) by itself,
            not for the month: a day that is pulled again replaces the day.
        is_append_only: for file sets that add up: a file is written once and never again, and what it said stays true
            after the provider has deleted it.
        month_file_replaces_days: for file sets of a file per day, which add up until one for the whole month stands
            for all of them.
        only_begun_months: for file sets that tell the future (contracts): months that have not begun do not count.
        packages: for file sets with ``newest_per_value`` whose files say what belongs together and what is newest.
        to_rows: for files that are no tables: path and content → rows (or a table of text, where there are many); None
            when DuckDB reads the files as they are.
        documents: which files are no tables, by their path; None when all of a kind with ``to_rows`` are.
        constants_of: a file's path → what its folders say of every row: declared column → value.
        column_names: for kinds whose files come with several spellings of their columns: a file's names → the declared
            spelling, as many and all different; None when columns are declared as files write them.
        check_columns: path and column names of a file → raises ``DeliveryRefused`` for a file of another export whose
            rows would count wrongly.
        watermark: for file sets of a table that the provider only appends to: the column with the time a row was
            appended. A snapshot stands from its first such time on, older ones for what is before: over all months
            where the scopes add up, else month by month.
    """

    name: str
    discover: ManifestDiscovery | None = None
    file_sets: FileSets | None = None
    period_column: str = ""
    period_of: PeriodOf | None = None
    by_hour: bool = False
    subject_columns: tuple[tuple[str, ...], str] | None = None
    subject_name: str = "billing account"
    adds_up: bool = False
    newest_per_value: bool = False
    is_append_only: bool = False
    month_file_replaces_days: bool = False
    only_begun_months: bool = False
    packages: Packages | None = None
    to_rows: ToRows | None = None
    documents: re.Pattern[str] | None = None
    constants_of: ConstantsOf | None = None
    column_names: ColumnNames | None = None
    check_columns: CheckColumns | None = None
    watermark: str = ""

    @property
    def looks_back(self) -> bool:
        """Whether the watermark says how snapshots relate as a whole, so that older ones need not all be read."""
        return bool(self.watermark) and self.adds_up

    @property
    def appends_to_months(self) -> bool:
        """Whether the watermark says of each month how its snapshots relate."""
        return bool(self.watermark) and not self.adds_up


def parse_manifest(path: str, content: bytes) -> dict[str, Any]:
    """Return a manifest's JSON object.

    Raises:
        DeliveryRefused: it is not a JSON object.
    """
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise DeliveryRefused(
            f"{path}{line}",
            found=f"text that is not JSON ({error})",
            expected="the delivery's manifest as a JSON object",
            cure="The manifest was cut off or altered; have the provider deliver again.",
        ) from None
    if not isinstance(document, dict):
        raise DeliveryRefused(
            path,
            found=f"a JSON {type(document).__name__}",
            expected="the delivery's manifest as a JSON object",
            cure="Check that the source's kind matches the export.",
        )
    return document


def manifest_value(path: str, document: dict[str, Any], key: str) -> Any:
    """Return the value at a dotted key of a manifest.

    Raises:
        DeliveryRefused: the key is absent or null.
    """
    value: Any = document
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        raise DeliveryRefused(
            f"{path}: {key}",
            found="no such key",
            expected=f"a manifest with {key}",
            cure="Check that the source's kind matches the export, and that the manifest is whole.",
        )
    return value


def manifest_count(path: str, key: str, value: object) -> int | None:
    """Return a count that a manifest states; None when it states none.

    Raises:
        DeliveryRefused: the value is not a whole number.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not re.fullmatch(r"\d+", str(value)):
        raise DeliveryRefused(
            f"{path}: {key}",
            found=repr(value),
            expected="a whole number",
            cure="The manifest was altered; have the provider deliver again.",
        )
    return int(str(value))


def map_into_folder(path: str, named: str, folder: str) -> str:
    """Map a file that a manifest names by its address at the provider to the same file below the location.

    The location may be a part of the provider's bucket or container, or hold it: the folder that the manifest names and
    the folder it is expected in must agree on their last parts.

    Args:
        path: the manifest's path.
        named: the file's address or name as the manifest gives it (without scheme).
        folder: where the manifest's files must lie, relative to the location ('' for the location itself).

    Raises:
        DeliveryRefused: the file lies in another folder.
    """
    plain = PurePosixPath(checked_path(named.lstrip("/"), path))
    theirs, ours = plain.parent.parts, PurePosixPath(folder).parts
    shared = min(len(theirs), len(ours))
    if shared and theirs[-shared:] != ours[-shared:]:
        raise outside_its_folder(path, named, folder)
    return str(PurePosixPath(folder) / plain.name)


def outside_its_folder(path: str, named: str, folder: str) -> DeliveryRefused:
    """Return the refusal of a manifest that names a file outside its folder."""
    return DeliveryRefused(
        path,
        found=f"the file {named}, outside the delivery's folder",
        expected=f"files in {folder or 'the location'}",
        cure="Do not use this delivery; if the export was copied, keep its folder names, and point the location at it.",
    )


def refuse_repeats(path: str, key: str, files: tuple[DeliveredFile, ...]) -> None:
    """Refuse a manifest that lists a file more than once: its rows would count twice."""
    paths = [file.path for file in files]
    for name in paths:
        if paths.count(name) > 1:
            raise DeliveryRefused(
                f"{path}: {key}",
                found=f"{name} {paths.count(name)} times",
                expected="each data file once",
                cure="The manifest was altered; have the provider deliver again.",
            )

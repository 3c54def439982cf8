"""Kinds without manifests: from the files that count and what their rows say, to deliveries. Pure functions."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from orchestration.errors import DeliveryRefused
from orchestration.landing.kinds.base import DeliveredFile, Delivery, Discovery, Kind, Snapshot
from orchestration.landing.receipts import FileContents


@dataclass(frozen=True)
class Standing:
    """A snapshot that counts, as a whole or in part.

    Attributes:
        snapshot: its files.
        before: only its rows stamped before this time count; None when all do.
    """

    snapshot: Snapshot
    before: dt.datetime | None = None


def standing(
    snapshots: list[Snapshot], contents: Mapping[str, FileContents], month: str = ""
) -> tuple[list[Standing], Snapshot | None]:
    """Return what counts of a scope whose table is only appended to, from newest to oldest.

    The newest snapshot stands from the first time it holds; the one before it for the rows stamped earlier, if it has
    any, and so on. A snapshot that begins no earlier than a newer one has nothing to add, nor has anything before it;
    of a single month there may be something before it, for a month has no rows on most days.

    Args:
        snapshots: of one scope, from oldest to newest.
        contents: what is known of files.
        month: only its rows are looked at; '' for all.

    Returns:
        What counts, and the next snapshot to look at when its stamps are not known yet; None when all is known.

    Raises:
        DeliveryRefused: a newer snapshot ends earlier than an older one: rows would be lost.
    """
    counting: list[Standing] = []
    before: dt.datetime | None = None
    newer: tuple[Snapshot, dt.datetime] | None = None
    for snapshot in reversed(snapshots):
        if any(path not in contents for path in snapshot.paths):
            return counting, snapshot
        stamps = [contents[path].appended.get(month) if month else contents[path].stamps for path in snapshot.paths]
        known = [pair for pair in stamps if pair]
        if newer and known and max(last for _, last in known) > newer[1]:
            raise DeliveryRefused(
                newer[0].paths[0],
                found=f"rows appended until {newer[1]:%Y-%m-%dT%H:%M:%SZ}",
                expected=f"what {snapshot.paths[0]} holds and more: rows appended until "
                f"{max(last for _, last in known):%Y-%m-%dT%H:%M:%SZ} or later",
                cure="Remove the newer files and run the export again, over the whole folder's months or from the last "
                "time exported on.",
            )
        first = min((first for first, _ in known), default=None)
        if before is not None and (first is None or first >= before):
            if month:
                continue
            break
        counting.append(Standing(snapshot, before))
        if first is None:
            break
        before, newer = first, (snapshot, max(last for _, last in known))
    return counting, None


def deliveries_of(
    kind: Kind, source_id: str, snapshots: Mapping[str, list[Snapshot]], contents: Mapping[str, FileContents]
) -> Discovery:
    """Return the delivery of each scope and month (or of each month, for kinds whose scopes add up).

    Args:
        kind: the kind.
        source_id: the source.
        snapshots: per scope, from oldest to newest.
        contents: what each file's rows say; every file of a snapshot must be there.
    """
    if kind.adds_up:
        return _adding_up(kind, source_id, snapshots, contents)
    found = Discovery()
    if kind.newest_per_value:
        for scope, of_scope in sorted(snapshots.items()):
            try:
                together = _packages(of_scope, contents) if kind.packages else of_scope
            except DeliveryRefused as refusal:
                found.refusals.append(refusal)
                continue
            found.deliveries += _newest_per_value(kind, source_id, scope, together, contents)
        _refuse_overlaps(kind, found, contents)
        return found
    if kind.month_file_replaces_days:
        for scope, of_scope in sorted(snapshots.items()):
            _days_until_the_month(kind, source_id, scope, of_scope, contents, found)
        _refuse_overlaps(kind, found, contents)
        return found
    for scope, of_scope in sorted(snapshots.items()):
        months = sorted({month for snapshot in of_scope for month in _months(snapshot, contents)})
        for month in months:
            holders = [snapshot for snapshot in of_scope if month in _months(snapshot, contents)]
            try:
                counting = _counting(kind, month, holders, contents)
            except DeliveryRefused as refusal:
                refusal.billing_period = month
                found.refusals.append(refusal)
                continue
            found.deliveries += [
                _cut(delivery, counting)
                for delivery in _of_months(kind, source_id, scope, [item.snapshot for item in counting], contents)
                if delivery.billing_period == month
            ]
    _refuse_overlaps(kind, found, contents)
    return found


def subjects_of(delivery: Delivery, contents: Mapping[str, FileContents]) -> tuple[tuple[str, str], ...]:
    """Return who is billed in a delivery, as (provider, billing account)."""
    subjects = (contents[file.path].subjects.get(delivery.billing_period, ()) for file in delivery.files)
    return tuple(sorted({subject for of_file in subjects for subject in of_file}))


def _adding_up(
    kind: Kind, source_id: str, snapshots: Mapping[str, list[Snapshot]], contents: Mapping[str, FileContents]
) -> Discovery:
    found = Discovery()
    together: list[Standing] = []
    for _, of_scope in sorted(snapshots.items()):
        if not kind.watermark:
            together += [Standing(snapshot) for snapshot in of_scope]
            continue
        try:
            together += standing(of_scope, contents)[0]
        except DeliveryRefused as refusal:
            found.refusals.append(refusal)
    if not found.refusals:
        found.deliveries = [
            _cut(delivery, together)
            for delivery in _of_months(kind, source_id, "", [item.snapshot for item in together], contents)
        ]
    return found


def _cut(delivery: Delivery, counting: list[Standing]) -> Delivery:
    """Return a delivery whose files say which of their rows count."""
    cut = {path: item.before for item in counting if item.before for path in item.snapshot.paths}
    files = (replace(file, before=cut[file.path].isoformat()) if file.path in cut else file for file in delivery.files)
    return replace(delivery, files=tuple(files))


def _months(snapshot: Snapshot, contents: Mapping[str, FileContents]) -> set[str]:
    return {month for path in snapshot.paths for month in contents[path].periods}


def _of_months(
    kind: Kind, source_id: str, scope: str, snapshots: list[Snapshot], contents: Mapping[str, FileContents]
) -> list[Delivery]:
    by_month: dict[str, list[tuple[str, Snapshot]]] = defaultdict(list)
    for snapshot in snapshots:
        for path in snapshot.paths:
            for month in contents[path].periods:
                by_month[month].append((path, snapshot))
    return [
        Delivery(
            kind=kind.name,
            source_id=source_id,
            billing_period=month,
            scope=scope,
            files=tuple(DeliveredFile(path) for path, _ in sorted(members, key=lambda member: member[0])),
            delivered_at=max(snapshot.delivered_at for _, snapshot in members),
            only_values=tuple(sorted({value for path, _ in members for value in contents[path].periods[month]})),
        )
        for month, members in sorted(by_month.items())
    ]


def _packages(snapshots: list[Snapshot], contents: Mapping[str, FileContents]) -> list[Snapshot]:
    """Return files by the package that they say they are of, from the package made first to the one made last.

    Raises:
        DeliveryRefused: two files of a package hold the same: it would count twice.
    """
    packages: dict[str, list[str]] = defaultdict(list)
    for path in sorted(path for snapshot in snapshots for path in snapshot.paths):
        packages[contents[path].package].append(path)
    made: list[Snapshot] = []
    for package, paths in packages.items():
        held: dict[str, str] = {}
        for path in paths:
            for member in contents[path].members:
                if held.setdefault(member, path) != path:
                    raise DeliveryRefused(
                        path,
                        found=f"{member} of package {package}, which {held[member]} holds, too",
                        expected="each part of a package in one file",
                        cure="Remove one of the two: their rows would count twice.",
                    )
        times = [contents[path].made_at for path in paths]
        made.append(Snapshot(tuple(paths), max((time for time in times if time), default=dt.datetime.min)))
    return sorted(made, key=lambda snapshot: (snapshot.delivered_at, snapshot.paths))


def _newest_per_value(
    kind: Kind, source_id: str, scope: str, snapshots: list[Snapshot], contents: Mapping[str, FileContents]
) -> list[Delivery]:
    """Return a scope's delivery of each month: of every value (a day), the rows of the newest snapshot with it."""
    standing: dict[tuple[str, str], Snapshot] = {}
    for snapshot in snapshots:
        for path in snapshot.paths:
            for month, values in contents[path].periods.items():
                standing.update({(month, value): snapshot for value in values})
    files: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    delivered_at: dict[str, dt.datetime] = {}
    for (month, value), snapshot in sorted(standing.items(), key=lambda item: item[0]):
        delivered_at[month] = max(snapshot.delivered_at, delivered_at.get(month, snapshot.delivered_at))
        for path in snapshot.paths:
            if value in contents[path].periods.get(month, ()):
                files[month][path].append(value)
    return [
        Delivery(
            kind=kind.name,
            source_id=source_id,
            billing_period=month,
            scope=scope,
            files=tuple(DeliveredFile(path, only_values=tuple(days)) for path, days in sorted(of_month.items())),
            delivered_at=delivered_at[month],
        )
        for month, of_month in sorted(files.items())
    ]


def _days_until_the_month(
    kind: Kind,
    source_id: str,
    scope: str,
    snapshots: list[Snapshot],
    contents: Mapping[str, FileContents],
    found: Discovery,
) -> None:
    """Find a scope's delivery of each month: the file of the month, else the files of its days together."""
    for month in sorted({month for snapshot in snapshots for month in _months(snapshot, contents)}):
        holders = [snapshot for snapshot in snapshots if month in _months(snapshot, contents)]
        whole = [snapshot for snapshot in holders if snapshot.names_period == month]
        others = [snapshot for snapshot in holders if snapshot.names_period not in (None, month)]
        end = _final_day(month)
        late = [snapshot for snapshot in holders if snapshot.names_period is None and snapshot.delivered_at > end]
        if others or (whole and late):
            said = "in the file of another month" if others else f"after the final file of that month ({end:%Y-%m-%d})"
            refusal = DeliveryRefused(
                (others or late)[0].paths[0],
                found=f"rows of billing month {month}, {said}",
                expected=f"rows of {month} in its own file, or in files of days up to {end:%Y-%m-%d}",
                cure="Copy the file of the month again, and remove this one if its rows are in it by now.",
            )
            refusal.billing_period = month
            found.refusals.append(refusal)
            continue
        found.deliveries += [
            delivery
            for delivery in _of_months(kind, source_id, scope, whole or holders, contents)
            if delivery.billing_period == month
        ]


def _final_day(month: str) -> dt.datetime:
    """Return the fourth day after a month, when its final file is written."""
    first = dt.datetime.strptime(month, "%Y-%m")
    return (first + dt.timedelta(days=31)).replace(day=4)


def _counting(kind: Kind, month: str, holders: list[Snapshot], contents: Mapping[str, FileContents]) -> list[Standing]:
    """Return what counts of a month: the newest snapshot, and older ones as far as the kind's watermark says so.

    Raises:
        DeliveryRefused: what counts cannot be known, or rows would be lost.
    """
    stamped = all(
        contents[path].appended.get(month) for holder in holders for path in _holding(holder, month, contents)
    )
    if kind.appends_to_months and stamped:
        return standing(holders, contents, month)[0]
    return [Standing(_standing(month, holders))]


def _holding(snapshot: Snapshot, month: str, contents: Mapping[str, FileContents]) -> list[str]:
    return [path for path in snapshot.paths if month in contents[path].periods]


def _standing(month: str, holders: list[Snapshot]) -> Snapshot:
    """Return the snapshot that stands for a month: the newest, unless the names give each a month of its own.

    Raises:
        DeliveryRefused: files named for different months hold the month: replacing and adding are both possible.
    """
    if len(holders) > 1 and all(holder.names_period for holder in holders):
        raise DeliveryRefused(
            " and ".join(holder.paths[0] for holder in holders),
            found=f"rows of billing period {month} in files that are named for different months",
            expected="each month's rows in the file named for it",
            cure="If the later file repeats the month, name both with the day they were made (costs-20260601, …); "
            "if its rows come on top, give it a name of its own.",
        )
    return holders[-1]


def _refuse_overlaps(kind: Kind, found: Discovery, contents: Mapping[str, FileContents]) -> None:
    """Refuse months in which two scopes bill the same account: whether they add up or replace cannot be known."""
    holders: dict[tuple[str, tuple[str, str]], list[Delivery]] = defaultdict(list)
    for delivery in found.deliveries:
        for subject in subjects_of(delivery, contents):
            holders[delivery.billing_period, subject].append(delivery)
    refused: set[tuple[str, str]] = set()
    for (month, (provider, account)), deliveries in sorted(holders.items(), key=lambda item: item[0]):
        if len(deliveries) < 2 or any((month, delivery.scope) in refused for delivery in deliveries):
            continue
        refused |= {(month, delivery.scope) for delivery in deliveries}
        refusal = DeliveryRefused(
            " and ".join(delivery.files[0].path for delivery in deliveries),
            found=f"{kind.subject_name} {account} of {provider or 'no provider'} in billing period {month}, in each",
            expected=f"one file, or one set of parts, for a {kind.subject_name} and month",
            cure="If one replaces the other, remove the older or name both alike with a date (costs-20260601.csv, "
            "costs-20260602.csv); if they add up, name them as parts (costs-1.csv, costs-2.csv).",
        )
        refusal.billing_period = month
        found.refusals.append(refusal)
    found.deliveries = [
        delivery for delivery in found.deliveries if (delivery.billing_period, delivery.scope) not in refused
    ]

"""Rebuilding a closed period from what its manifest names, in a home of its own, and comparing file by file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.closing.inputs import altered_files, altered_inputs, deliveries_of, delivery_folder, receipts_before
from orchestration.errors import ConfigurationError
from orchestration.estate import Contracts, Estate, Invoices, Source
from orchestration.home import Home
from orchestration.landing.contracts import CONTRACTS
from orchestration.landing.invoices import INVOICES
from orchestration.landing.receipts import InForce, Shelf
from orchestration.policy import kept_policy
from orchestration.publishing import ClosedPeriod, Publication, closed_period, compared_publication
from orchestration.publishing.files import link_or_copy, sha256_of
from orchestration.publishing.manifest import FILE_NAME as MANIFEST
from orchestration.publishing.table import Table
from orchestration.rule_changes import kept_rule_changes, write_pending
from orchestration.runs import steps
from orchestration.runs.workspace import Workspace
from orchestration.versions import code_version
from orchestration.warehouse.dbt_project import run_dbt


@dataclass(frozen=True)
class ReplayedFile:
    """One file of the closed publication, against the same file of the replay.

    Attributes:
        table: published table.
        path: relative to the publication's folder.
        expected: SHA-256 in the manifest; None when only the replay has the file.
        found: SHA-256 of the replayed file; None when the replay has no such file.
        rows_differ: rows of the table that only one side has; 0 when only bytes differ, None when the hashes are equal.
    """

    table: str
    path: str
    expected: str | None
    found: str | None
    rows_differ: int | None = None

    @property
    def is_equal(self) -> bool:
        """Whether the bytes are the same."""
        return self.expected == self.found


@dataclass(frozen=True)
class Replay:
    """What a replay showed.

    Attributes:
        closed: what the period was closed with.
        files: every file, of either side.
        manifest_is_equal: whether the manifests are the same text, and with them inputs, gate, accuracy and totals.
        closed_code: code version that published.
        code: code version that replayed.
        folder: the replay's own publication, if it was kept.
    """

    closed: ClosedPeriod
    files: tuple[ReplayedFile, ...]
    manifest_is_equal: bool
    closed_code: str
    code: str
    folder: Path | None

    @property
    def is_equal(self) -> bool:
        """Whether every file came out the same; the manifest too, unless other code made it."""
        return all(file.is_equal for file in self.files) and (self.manifest_is_equal or self.code != self.closed_code)

    @property
    def has_equal_rows(self) -> bool:
        """Whether every table holds the same rows, whatever the bytes."""
        return all(file.is_equal or file.rows_differ == 0 for file in self.files)


def replay_period(
    home: Home, billing_period: str, *, keep: bool = False, announce: Callable[[str], None] = lambda message: None
) -> Replay:
    """Rebuild a closed period with the policy, invoices and deliveries of its manifest, and compare.

    Sources are not asked: everything comes from the home. The publication itself is not touched.

    Args:
        home: whose period.
        billing_period: ``YYYY-MM``.
        keep: leave the replay's home where it is, to look at differences.
        announce: told each step.

    Raises:
        ConfigurationError: the period is not closed; or an input or a file of the publication was altered, named with
            both hashes.
        BuildBlocked: a test of the rebuilt data failed.
        BuildFailed: dbt could not build it.
    """
    closed = closed_period(home, billing_period)
    if closed is None:
        raise ConfigurationError(
            f"billing period {billing_period}",
            found="a period that is not closed",
            expected="a closed period: only what never changes can be made again",
            cure=f"Close it first with `tieout close {billing_period}`.",
        )
    announce("Comparing inputs with their hashes")
    publication = Publication(billing_period, closed.publication, _place(home, closed))
    manifest = _checked_manifest(home, closed, publication)
    scratch = Home(home.replays / billing_period)
    shutil.rmtree(scratch.root, ignore_errors=True)
    try:
        workspace = _workspace(home, scratch, manifest)
        before = compared_publication(home, manifest)
        replayed = _build(workspace, billing_period, before, announce)
        announce("Comparing files")
        return Replay(
            closed,
            tuple(_compared(publication, manifest, replayed)),
            sha256_of(replayed.folder / MANIFEST) == closed.manifest_sha256,
            manifest["inputs"]["code_version"],
            code_version(),
            replayed.folder if keep else None,
        )
    finally:
        if not keep:
            shutil.rmtree(scratch.root, ignore_errors=True)


def _place(home: Home, closed: ClosedPeriod) -> Path:
    return home.publications / closed.billing_period / str(closed.publication)


def _checked_manifest(home: Home, closed: ClosedPeriod, publication: Publication) -> dict[str, Any]:
    """Return the closed publication's manifest, once it, its files and its inputs are what they were."""
    path = publication.folder / MANIFEST
    hashes = {path.relative_to(home.root).as_posix(): closed.manifest_sha256, **closed.inputs}
    altered = altered_inputs(home, hashes)
    manifest: dict[str, Any] = {}
    if path.is_file() and sha256_of(path) == closed.manifest_sha256:
        manifest = publication.manifest()
        folder = publication.folder.relative_to(home.root).as_posix()
        altered += [f"{folder}/{problem}" for problem in altered_files(publication, manifest)]
    if altered:
        raise ConfigurationError(
            str(home.root / altered[0].split(":")[0]),
            found=f"{len(altered)} file(s) that are not what {closed.billing_period} was closed with: "
            + "; ".join(altered),
            expected="every file as it was at the close",
            cure="Restore the named files from a backup of the home.",
        )
    return manifest


def _workspace(home: Home, scratch: Home, manifest: Mapping[str, Any]) -> Workspace:
    """Return a workspace whose landing holds the manifest's deliveries and no others, under the policy of that time."""
    deliveries = deliveries_of(manifest)
    for delivery in deliveries:
        folder = delivery_folder(home, delivery)
        for file in folder.rglob("*"):
            if file.is_file():
                link_or_copy(file, scratch.landing / file.relative_to(home.landing))
        shelf = Shelf(scratch, delivery["source_kind"], delivery["source_id"])
        shelf.put_in_force(
            delivery["billing_period"], delivery["scope"], InForce(delivery_id=delivery["delivery_id"], seen={})
        )
    for receipt in receipts_before(home, manifest):
        place = scratch.landing / receipt.relative_to(home.landing)
        if not place.exists():  # the delivery may be an input itself
            link_or_copy(receipt, place)
    inputs = manifest["inputs"]
    invoices = None
    if documents := INVOICES.kept(home, inputs["invoices"]):
        INVOICES.write(scratch.root / "invoices", documents)
        invoices = Invoices(location=str(scratch.root / "invoices"))
    contracts = None
    if agreements := CONTRACTS.kept(home, inputs["contracts"]):
        CONTRACTS.write(scratch.root / "contracts", agreements)
        contracts = Contracts(location=str(scratch.root / "contracts"))
    if changes := kept_rule_changes(home, inputs.get("rule_changes", "")):
        write_pending(scratch, changes)
    sources = {delivery["source_id"]: delivery["source_kind"] for delivery in deliveries}
    estate = Estate(
        path=scratch.root / "estate.yml",
        reporting_currency=inputs["reporting_currency"],
        sources=tuple(
            Source(id=source_id, kind=kind, location=str(scratch.landing))
            for source_id, kind in sorted(sources.items())
        ),
        invoices=invoices,
        contracts=contracts,
        policy=kept_policy(home, inputs["policy_revision"]),
    )
    return Workspace(scratch, estate)


def _build(
    workspace: Workspace,
    billing_period: str,
    before: Publication | None,
    announce: Callable[[str], None],
) -> Publication:
    """Take the steps of a run that come after landing."""
    announce("Writing policy and landing")
    steps.write_policy_step(workspace)
    steps.land_invoices_step(workspace, billing_period)
    steps.land_contracts_step(workspace)
    steps.register_step(workspace, billing_period, before)
    steps.charges_before_step(workspace, billing_period, announce)
    announce("Building")
    steps.begin_build(workspace, billing_period)
    finished = run_dbt(
        workspace.home, "build", "--select", "resource_type:model", "--exclude-resource-type", "unit_test"
    )
    steps.raise_for_dbt(workspace)
    if finished.returncode:
        raise steps.BuildFailed(finished.stdout + finished.stderr)
    announce("Judging")
    gate = steps.gate_step(workspace, billing_period)
    if gate.blocks:
        raise steps.BuildBlocked("; ".join(message for check in gate.blocking for message in check.messages))
    announce("Publishing the replay, in its own home")
    return steps.publish_step(workspace, billing_period)


def _compared(publication: Publication, manifest: Mapping[str, Any], replayed: Publication) -> list[ReplayedFile]:
    compared = []
    made = replayed.manifest()["tables"]
    for name in sorted(manifest["tables"].keys() | made.keys()):
        before = {file["path"]: file["sha256"] for file in manifest["tables"].get(name, {}).get("files", ())}
        after = {file["path"]: file["sha256"] for file in made.get(name, {}).get("files", ())}
        rows_differ = _rows_differ(name, publication, manifest, replayed, made) if before != after else None
        compared += [
            ReplayedFile(
                name,
                path,
                before.get(path),
                after.get(path),
                rows_differ if before.get(path) != after.get(path) else None,
            )
            for path in sorted(before.keys() | after.keys())
        ]
    return compared


def _rows_differ(
    name: str, publication: Publication, manifest: Mapping[str, Any], replayed: Publication, made: Mapping[str, Any]
) -> int | None:
    """Return how many rows of a table only one side has; None when one side has no such table, or other columns."""
    if name not in manifest["tables"] or name not in made:
        return None
    ours, theirs = Table.of_entry(name, manifest["tables"][name]), Table.of_entry(name, made[name])
    if ours.columns != theirs.columns:
        return None
    before, after = ours.query(publication.folder), theirs.query(replayed.folder)
    with duckdb.connect() as connection:
        row = connection.execute(
            f"select count(*) from (((({before}) except all ({after}))) union all (({after}) except all ({before})))"  # noqa: S608
        ).fetchone()
    return int(row[0]) if row else None

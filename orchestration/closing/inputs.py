"""The files that a publication was made of, and whether they are still what they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.landing.contracts import CONTRACTS
from orchestration.landing.invoices import INVOICES
from orchestration.landing.receipts import Shelf
from orchestration.policy import kept_policy
from orchestration.publishing import Publication, compared_files, compared_publication
from orchestration.publishing.files import sha256_of
from orchestration.rule_changes import kept_rule_changes, kept_rule_changes_file


def deliveries_of(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the deliveries that a publication was made of.

    They are its own month's, the usage of other months, and the bills of the months that its drivers look back at.
    """
    inputs = manifest["inputs"]
    own = [{**delivery, "billing_period": manifest["billing_period"]} for delivery in inputs["deliveries"]]
    return [*own, *inputs["feeds"], *inputs.get("measured", ())]


def delivery_folder(home: Home, delivery: Mapping[str, Any]) -> Path:
    """Return where a delivery of a manifest lies in a home."""
    shelf = Shelf(home, delivery["source_kind"], delivery["source_id"])
    return shelf.delivery_folder(delivery["billing_period"], delivery["delivery_id"])


def receipts_before(home: Home, manifest: Mapping[str, Any]) -> list[Path]:
    """Return the receipts that a publication's deliveries were compared with, column by column."""
    named = manifest["inputs"].get("receipts_before", ())
    return [delivery_folder(home, delivery) / "receipt.json" for delivery in named]


def input_files(home: Home, manifest: Mapping[str, Any]) -> Iterator[Path]:
    """Return every file that a publication was made of.

    Policy and its changes, invoices, contracts, deliveries, the receipts of those before, and what the month before
    had published.

    Raises:
        ConfigurationError: something of it is not there.
    """
    inputs = manifest["inputs"]
    folders = {f"policy {inputs['policy_revision'][:12]}": kept_policy(home, inputs["policy_revision"])}
    folders |= {
        f"delivery {delivery['delivery_id']} of {delivery['source_id']}": delivery_folder(home, delivery)
        for delivery in deliveries_of(manifest)
    }
    for name, folder in folders.items():
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        if not files:
            raise ConfigurationError(
                str(folder),
                found=f"nothing of {name}",
                expected="the files that the publication was made of",
                cure="Restore the folder from a backup of the home.",
            )
        yield from files
    if INVOICES.kept(home, inputs["invoices"]):
        yield INVOICES.kept_file(home, inputs["invoices"])
    if CONTRACTS.kept(home, inputs["contracts"]):
        yield CONTRACTS.kept_file(home, inputs["contracts"])
    if kept_rule_changes(home, inputs.get("rule_changes", "")):
        yield kept_rule_changes_file(home, inputs["rule_changes"])
    yield from receipts_before(home, manifest)
    if before := compared_publication(home, manifest):
        yield from compared_files(before)


def altered_inputs(home: Home, hashes: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the files of ``hashes`` (path below the home → SHA-256), one sentence per file."""
    found = []
    for name, expected in sorted(hashes.items()):
        path = home.root / name
        if not path.is_file():
            found.append(f"{name}: found no file; expected sha256 {expected}")
        elif (actual := sha256_of(path)) != expected:
            found.append(f"{name}: found sha256 {actual}; expected {expected}")
    return found


def altered_files(publication: Publication, manifest: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the files of a publication, against its manifest, one sentence per file."""
    listed = {file["path"]: file["sha256"] for table in manifest["tables"].values() for file in table.get("files", ())}
    found = []
    for name, expected in sorted(listed.items()):
        path = publication.folder / name
        if not path.is_file():
            found.append(f"{name}: found no file; expected sha256 {expected}")
        elif (actual := sha256_of(path)) != expected:
            found.append(f"{name}: found sha256 {actual}; expected {expected}")
    return found

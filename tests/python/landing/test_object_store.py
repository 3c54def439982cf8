"""The same landing from an object store, through obstore's in-memory store."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import obstore
import pytest
from obstore.store import MemoryStore

from orchestration.errors import ConfigurationError, DeliveryRefused
from orchestration.landing.store import LocalStore, RemoteStore, checked_path, open_store
from tests.python.landing.conftest import aws_delivery, cur, cur_row, write


def upload(folder: Path) -> MemoryStore:
    store = MemoryStore()
    for file in folder.rglob("*"):
        if file.is_file():
            obstore.put(store, file.relative_to(folder).as_posix(), file.read_bytes())
    return store


def test_an_object_store_lands_like_a_folder(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv.gz": cur(cur_row("1"), cur_row("2")), "acme-2.csv": cur()}, sizes=True)
    store = upload(place.folder)

    first = place.land("aws_cur2", store=RemoteStore("s3://acme-billing", store))
    again = place.land("aws_cur2", store=RemoteStore("s3://acme-billing", store))

    assert (first.refusals, [receipt.billed_cost for receipt in first.receipts]) == ([], [4.5])
    assert again.unchanged == first.receipts
    assert place.land("aws_cur2").unchanged == first.receipts
    assert not list((place.home.landing / ".work").iterdir())


def test_an_object_that_changed_is_landed_again(place: SimpleNamespace) -> None:
    aws_delivery(place.folder, {"acme-1.csv": cur(cur_row("1"))}, execution=None)
    store = upload(place.folder)
    place.land("aws_cur2", store=RemoteStore("s3://acme-billing", store))
    obstore.put(store, "cur/acme/data/BILLING_PERIOD=2026-06/acme-1.csv", cur(cur_row("7")))

    assert place.land("aws_cur2", store=RemoteStore("s3://acme-billing", store)).receipts[0].billed_cost == 7


def test_one_object_is_a_location_too() -> None:
    store = MemoryStore()
    obstore.put(store, "a.csv", b"1")
    obstore.put(store, "b.csv", b"2")

    assert list(RemoteStore("s3://bucket/a.csv", store, "a.csv").files()) == ["a.csv"]


@pytest.mark.parametrize("address", ["s3://bucket/prefix", "gs://bucket/prefix/costs.csv", "az://container/prefix"])
def test_addresses_are_opened_without_asking_the_network(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")

    assert open_store(address).address == address


def test_a_location_that_is_not_there_names_itself() -> None:
    with pytest.raises(ConfigurationError, match="/nowhere/at/all: found nothing there"):
        open_store("/nowhere/at/all")


def test_an_object_that_vanished_names_itself(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"s3://bucket/a\.csv: found an object store that does not give it"):
        RemoteStore("s3://bucket", MemoryStore()).fetch("a.csv", tmp_path)


@pytest.mark.parametrize("path", ["../a", "a/../../b", "/etc/passwd", "a/%2E%2e/b", "a\\..\\b", "", "a\0b"])
def test_a_path_that_leaves_the_location_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(DeliveryRefused):
        checked_path(path, "manifest.json")
    with pytest.raises(DeliveryRefused):
        LocalStore("here", tmp_path).read(path)


def test_hidden_files_and_linked_folders_are_not_listed(tmp_path: Path) -> None:
    write(tmp_path, "exports/a.csv", b"1")
    write(tmp_path, "exports/.cache/b.csv", b"1")
    write(tmp_path, "elsewhere/c.csv", b"1")
    (tmp_path / "exports/linked").symlink_to(tmp_path / "elsewhere")

    assert list(open_store(str(tmp_path / "exports")).files()) == ["a.csv"]

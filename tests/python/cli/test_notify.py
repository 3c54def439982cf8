"""`tieout notify`: owners are told of an approved change once, by a real receiver, and of an unapproved one never."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.policy import load_policy
from orchestration.rule_changes.approving import judged
from orchestration.rule_changes.comparing import changed_rows
from tests.python.servers import Receiver, receiving

from .conftest import PERIOD, Finished, tieout

POOL = "NAT gateways,proportional,nat-gb,charge_day,region_id"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def published(first: Finished, home: Path, tmp_path: Path) -> Path:
    """A copy of the home in which the period is published."""
    assert first.code == 0, first.err
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    return tmp_path / "home"


def changed_estate(estate: Path, folder: Path, *, approved: bool, notifications: str) -> Path:
    """Write the estate with its NAT pool divided equally, and return its file."""
    before = estate.parent / "policy"
    policy = folder / "policy"
    shutil.copytree(before, policy)
    pools = policy / "pools.csv"
    text = pools.read_text(encoding="utf-8")
    assert POOL in text
    pools.write_text(text.replace(POOL, "NAT gateways,equal_share,,,"), encoding="utf-8")
    if approved:
        old, new = load_policy(before), load_policy(policy)
        with (policy / "change_approvals.csv").open("a", encoding="utf-8") as file:
            for change in judged(changed_rows(old, new), old, new):
                if change.missing:
                    file.write(f"{change.change_id},{change.policy_file},cfo@halden.example,2026-11-01,\n")
    file = estate.with_name(f"estate-{folder.name}.yml")
    text = estate.read_text(encoding="utf-8").replace("policy: ./policy", f"policy: {policy}")
    file.write_text(text + notifications, encoding="utf-8")
    return file


def hook(receiver: Receiver) -> str:
    return f"notifications:\n  webhook:\n    url: {receiver.url}\n"


def test_an_approved_change_is_told_once_to_each_owner(estate, published, tmp_path, receiver):
    changed = changed_estate(estate, tmp_path, approved=True, notifications=hook(receiver))

    dry = tieout("notify", "--period", PERIOD, "--estate", changed, "--dry-run", "--json", home=published)
    assert dry.code == 0, dry.err
    pages = [Path(page) for page in dry.json()["written"]]
    assert pages
    assert all(page.is_relative_to(published / "reports" / PERIOD) for page in pages)
    assert receiver.notices == []

    told = tieout("notify", "--period", PERIOD, "--estate", changed, home=published)
    assert told.code == 0, told.err
    # the command tells of alerts too, such as GPUs that idle
    notices = [posted for posted in receiver.notices if "policy_revision_before" in posted]
    readers = {notice["reader"] for notice in notices}
    assert readers
    assert len(notices) == len(readers)
    assert all(f"Sent: {reader} by webhook" in told.out for reader in readers)
    assert all("nat" in notice["markdown"].lower() for notice in notices)
    sent = len(receiver.notices)

    again = tieout("notify", "--period", PERIOD, "--estate", changed, "--json", home=published)
    assert again.code == 0, again.err
    assert again.json()["sent"] == []
    assert {receipt["reader"] for receipt in again.json()["sent_before"]} == readers
    assert len(receiver.notices) == sent


def test_an_unapproved_change_is_told_to_nobody(estate, published, tmp_path, receiver):
    changed = changed_estate(estate, tmp_path, approved=False, notifications=hook(receiver))
    finished = tieout("notify", "--period", PERIOD, "--estate", changed, home=published)
    assert finished.code == 3, finished.err
    assert "Not told, for it is not approved" in finished.out
    assert [posted for posted in receiver.notices if "policy_revision_before" in posted] == []


def test_without_a_channel_the_command_says_what_to_add(estate, published, tmp_path):
    changed = changed_estate(estate, tmp_path, approved=True, notifications="")
    finished = tieout("notify", "--period", PERIOD, "--estate", changed, home=published)
    assert finished.code == 2
    assert "notifications" in finished.err
    assert "--dry-run" in finished.err

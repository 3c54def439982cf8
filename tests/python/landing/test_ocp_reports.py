"""Tarballs of the cost management operator (kind ocp_report): hostile ones are refused, repeated hours count once."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from orchestration.estate import Source
from orchestration.home import Home
from orchestration.landing import LandingResult, land_source
from orchestration.landing.kinds import ocp_report
from tests.python.providers.kubernetes import ocp_pod, ocp_rows, ocp_tarball, write_tarball

UUID = "33333333-0000-4000-8000-000000000000"
PODS = ocp_rows("pod", 0, ocp_pod("api-1"))


def land(folder: Path) -> LandingResult:
    source = Source(id="ocp", kind="ocp_report", location=str(folder / "feed"))
    return land_source(source, Home.of(folder / "home"))


def told(folder: Path) -> str:
    result = land(folder)
    assert result.receipts == []
    return str(result.refusals[0])


def pack(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(packed.getvalue()))


def manifest(**changes: object) -> bytes:
    said = {"uuid": UUID, "cluster_id": "ocp-prod", "date": "2026-05-01T06:00:00Z", "files": ["pods.csv"]}
    return json.dumps({key: value for key, value in (said | changes).items() if value is not None}).encode()


@pytest.mark.parametrize("name", ["../../etc/cron.d/job", "/etc/passwd", "a/../../b.csv", "..", "c:\\b.csv", "a/p.csv"])
def test_a_name_with_a_path_is_refused(name: str, tmp_path: Path) -> None:
    pack(tmp_path / "feed/a.tar.gz", (tarfile.TarInfo("manifest.json"), manifest()), (tarfile.TarInfo(name), PODS))

    said = told(tmp_path)

    assert "a.tar.gz" in said
    assert f"found the name {name!r}; expected names without a path" in said
    assert not (tmp_path / "etc").exists()


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        (tarfile.SYMTYPE, "a link to /etc/passwd"),
        (tarfile.LNKTYPE, "a link to /etc/passwd"),
        (tarfile.DIRTYPE, "a folder"),
        (tarfile.FIFOTYPE, "no plain file"),
        (tarfile.CHRTYPE, "no plain file"),
    ],
)
def test_links_folders_and_devices_are_refused(sort: bytes, found: str, tmp_path: Path) -> None:
    member = tarfile.TarInfo("pods.csv")
    member.type, member.linkname = sort, "/etc/passwd"
    pack(tmp_path / "feed/a.tar.gz", (tarfile.TarInfo("manifest.json"), manifest()), (member, b""))

    assert f"pods.csv, which is {found}; expected plain files" in told(tmp_path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocp_report, "MOST_BYTES", 1_000_000)
    write_tarball(tmp_path / "feed/a.tar.gz", {"manifest.json": manifest(), "pods.csv": b"0" * 5_000_000})
    assert "found more than 1000000 bytes" in told(tmp_path)

    # a header that promises little, before a gzip stream that never ends
    (tmp_path / "feed/a.tar.gz").write_bytes(gzip.compress(b"\0" * 50_000_000))
    assert "found more than 1000000 bytes" in told(tmp_path)


def test_too_many_files_and_one_twice_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said, one = (tarfile.TarInfo("manifest.json"), manifest()), (tarfile.TarInfo("pods.csv"), PODS)
    pack(tmp_path / "feed/a.tar.gz", said, one, (tarfile.TarInfo("pods.csv"), b""))
    assert "found pods.csv twice" in told(tmp_path)

    monkeypatch.setattr(ocp_report, "MOST_FILES", 1)
    pack(tmp_path / "feed/a.tar.gz", said, one)
    assert "found more than 1 files" in told(tmp_path)


def test_a_tarball_that_is_cut_off_or_none_is_refused(tmp_path: Path) -> None:
    ocp_tarball(tmp_path / "feed/a.tar.gz", PODS)
    whole = (tmp_path / "feed/a.tar.gz").read_bytes()
    for content in (whole[:-9], whole[: len(whole) // 2], b"<html>", gzip.compress(b"not a tarball" * 100)):
        (tmp_path / "feed/a.tar.gz").write_bytes(content)
        assert "a tarball that cannot be read" in told(tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"files": None}, "manifest.json: files: found no such key"),
        ({"files": ["pods.csv", "gone.csv"]}, "gone.csv, which is not in the tarball"),
        ({"files": "pods.csv"}, 'manifest.json: files: found "pods.csv"; expected the list'),
        ({"cluster_id": None}, "manifest.json: cluster_id: found no such key"),
        ({"uuid": None}, "manifest.json: uuid: found no such key"),
        ({"date": "yesterday"}, "manifest.json: date: found yesterday; expected the time"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(changes: dict[str, object], said: str, tmp_path: Path) -> None:
    write_tarball(tmp_path / "feed/a.tar.gz", {"manifest.json": manifest(**changes), "pods.csv": PODS})

    assert said in told(tmp_path)


def test_a_tarball_without_manifest_is_refused(tmp_path: Path) -> None:
    write_tarball(tmp_path / "feed/a.tar.gz", {"pods.csv": PODS})

    assert "found 1 files, none of them manifest.json" in told(tmp_path)


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (PODS.replace(b"pod_request_cpu_core_seconds", b"pod_asked"), "pods.csv:1: found no column pod_request_cpu"),
        (PODS.replace(b",interval_end", b",until"), "pods.csv:1: found no column interval_end"),
        (PODS.replace(b" +0000 UTC", b" MESZ"), "pods.csv: interval_start: found '2026-05-01 00:00:00 MESZ'"),
        (PODS.replace(b"1800.000000", b"many"), "row 1: pod_request_cpu_core_seconds: found 'many'"),
        (PODS.replace(b"1800.000000", b"-1.5"), "row 1: pod_request_cpu_core_seconds: found '-1.5'"),
        (PODS.rstrip() + b",more\n", "pods.csv: found text that is not CSV"),
        (PODS.replace(b"namespace,pod,", b"pod,pod,"), "pods.csv:1: found the column pod twice"),
        (PODS.replace(b"shop", b"\xff\xfe"), "pods.csv: found text that is not CSV"),
    ],
)
def test_a_report_that_cannot_be_used_is_refused(report: bytes, said: str, tmp_path: Path) -> None:
    write_tarball(tmp_path / "feed/a.tar.gz", {"manifest.json": manifest(), "pods.csv": report})

    assert said in told(tmp_path)


def test_a_report_that_nobody_knows_is_told_and_keeps_nothing_from_landing(tmp_path: Path) -> None:
    header, row = (line.split(b",")[:4] for line in PODS.splitlines())
    power = b"\n".join([b",".join([*header, b"watts"]), b",".join([*row, b"7"]), b""])
    ocp_tarball(tmp_path / "feed/a.tar.gz", PODS, power)

    (receipt,) = land(tmp_path).receipts

    assert receipt.row_count == 2
    assert receipt.drift.undeclared == ("watts",)
    assert receipt.drift.absent == ()


def test_a_package_that_is_made_again_replaces_its_hours_and_no_others(tmp_path: Path) -> None:
    three = (ocp_rows("pod", hour, ocp_pod("api-1")) for hour in (0, 1, 2))
    ocp_tarball(tmp_path / "feed/first.tar.gz", *three, uuid="1", made="2026-05-01T03:00:00Z")
    (before,) = land(tmp_path).receipts
    again = ocp_rows("pod", 1, ocp_pod("api-1"), ocp_pod("api-2"))
    ocp_tarball(tmp_path / "feed/again.tar.gz", again, uuid="2", made="2026-05-01T09:00:00Z")
    (after,) = land(tmp_path).receipts
    late = ocp_rows("pod", 1, ocp_pod("old-1"))
    ocp_tarball(tmp_path / "feed/zz-copied-late.tar.gz", late, uuid="3", made="2026-05-01T02:00:00Z")

    assert before.row_count == 3
    assert {file.path: file.rows for file in after.files} == {"first.tar.gz": 2, "again.tar.gz": 2}
    assert land(tmp_path).receipts == [], "an older package has nothing to add"


def test_the_same_part_of_a_package_twice_is_refused(tmp_path: Path) -> None:
    ocp_tarball(tmp_path / "feed/a.tar.gz", PODS)
    ocp_tarball(tmp_path / "feed/b.tar.gz", PODS)

    assert "_openshift_usage_report.0.csv of package 11111111" in told(tmp_path)


def test_one_cluster_in_two_folders_is_refused(tmp_path: Path) -> None:
    ocp_tarball(tmp_path / "feed/a/x.tar.gz", PODS, uuid="1")
    ocp_tarball(tmp_path / "feed/b/y.tar.gz", PODS, uuid="2")

    assert "cluster ocp-prod of no provider in billing period 2026-05, in each" in told(tmp_path)

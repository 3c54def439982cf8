"""Files appear whole, once, under a name of their own; what a crash leaves is finished by the next."""

from __future__ import annotations

import csv
import fcntl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest

from orchestration.gateway.rotating_log import RotatingLog, finish_left
from orchestration.landing.kinds.file_sets import csv_file_sets
from orchestration.landing.store import LocalStore

COLUMNS = ("time", "text")


def log(folder: Path, **more: int) -> RotatingLog:
    return RotatingLog("usage", COLUMNS, folder / "open", folder / "done", **more)


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def done(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "done").glob("*"))


def test_a_file_is_landed_from_when_it_is_finished_and_holds_one_month(tmp_path: Path) -> None:
    writer = log(tmp_path)
    writer.append("2026-04", {"time": "1", "text": 'a,"b"\nc\u2028'})
    writer.append("2026-05", {"time": "2"})
    assert done(tmp_path) == []
    writer.flush()
    writer.rotate()
    assert done(tmp_path) == ["usage-2026-04-part000001.csv", "usage-2026-05-part000001.csv"]
    assert rows(tmp_path / "done" / "usage-2026-04-part000001.csv") == [["time", "text"], ["1", 'a,"b" c ']]
    writer.append("2026-05", {"time": "3"})
    writer.rotate()
    writer.rotate()
    assert done(tmp_path)[-1] == "usage-2026-05-part000002.csv"
    assert list((tmp_path / "open").iterdir()) == []


def test_landing_takes_the_parts_of_a_month_as_one(tmp_path: Path) -> None:
    writer = log(tmp_path, most_rows=1)
    for number in range(3):
        writer.append("2026-05", {"time": number})
    sets = csv_file_sets(LocalStore(str(tmp_path), (tmp_path / "done").resolve()).files()).snapshots
    assert [len(snapshot.paths) for snapshot in sets["usage"]] == [3]


def test_a_file_of_a_dead_writer_is_finished_without_what_it_left_half_written(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from tests.python.gateway.test_rotating_log import log\n"
        "writer = log(Path(sys.argv[1])); [writer.append('2026-05', {'time': n, 'text': 'x'}) for n in range(5)]\n"
        "os.write(writer._files['2026-05'].fileno(), b'5,hal'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 9
    living = log(tmp_path)
    living.append("2026-05", {"time": "mine"})
    assert [path.name for path in finish_left("usage", tmp_path / "open", tmp_path / "done")] == [
        "usage-2026-05-part000001.csv"
    ]
    assert rows(tmp_path / "done" / "usage-2026-05-part000001.csv")[1:] == [[str(n), "x"] for n in range(5)]
    assert finish_left("usage", tmp_path / "open", tmp_path / "done") == [], "the living writer keeps its file"
    living.rotate()
    assert done(tmp_path) == ["usage-2026-05-part000001.csv", "usage-2026-05-part000002.csv"]


def test_a_file_without_rows_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "done").mkdir()
    (tmp_path / "open" / "usage-2026-05-part000001.csv").write_text("time,text\n1,ha")
    assert finish_left("usage", tmp_path / "open", tmp_path / "done") == []
    assert list((tmp_path / "open").iterdir()) == []


def test_writers_never_share_a_name(tmp_path: Path) -> None:
    writers = [log(tmp_path, most_rows=2) for _ in range(6)]

    def work(number: int) -> None:
        for turn in range(20):
            writers[number].append("2026-05", {"time": number, "text": turn})
        writers[number].rotate()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    found = [tuple(row) for path in sorted((tmp_path / "done").iterdir()) for row in rows(path)[1:]]
    assert sorted(found) == sorted((str(number), str(turn)) for number in range(6) for turn in range(20))


def test_writers_and_those_who_finish_for_the_dead_do_not_lose_a_row(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "done").mkdir()
    stopping = threading.Event()

    def finish() -> None:
        while not stopping.is_set():
            finish_left("usage", tmp_path / "open", tmp_path / "done")

    with ThreadPoolExecutor(2) as pool:
        finishing = [pool.submit(finish) for _ in range(2)]
        try:
            writer = log(tmp_path, most_rows=1)
            for number in range(300):
                writer.append("2026-05", {"time": number})
        finally:
            stopping.set()
    assert [task.result() for task in finishing] == [None, None]
    found = [int(row[0]) for path in (tmp_path / "done").iterdir() for row in rows(path)[1:]]
    assert sorted(found) == list(range(300))


def test_a_name_that_was_given_to_another_file_in_between_is_left_to_its_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "open").mkdir()
    path = tmp_path / "open" / "usage-2026-05-part000001.csv"
    path.write_text("time,text\n")
    writer = log(tmp_path)
    lock = fcntl.flock

    def lock_late(file: IO[bytes], operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        path.unlink()  # another finisher was quicker, and the writer got the name again
        writer.append("2026-05", {"time": 1, "text": "x"})
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", lock_late)
    assert finish_left("usage", tmp_path / "open", tmp_path / "done") == []
    writer.rotate()
    assert rows(tmp_path / "done" / path.name) == [["time", "text"], ["1", "x"]]


def test_a_locked_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "done").mkdir()
    path = tmp_path / "open" / "usage-2026-05-part000001.csv"
    path.write_text("time,text\n1,x\n")
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert finish_left("usage", tmp_path / "open", tmp_path / "done") == []
    assert list((tmp_path / "done").iterdir()) == []

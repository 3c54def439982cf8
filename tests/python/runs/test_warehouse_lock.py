"""One run at a time in a home: the second waits, says for whom, and gives up with a cure."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.warehouse.connection import connect, warehouse_lock
from tests.python.servers import SECONDS


def test_a_second_run_gives_up_with_a_cure(tmp_path: Path):
    home = Home(tmp_path)
    said: list[str] = []
    with (
        warehouse_lock(home),
        pytest.raises(ConfigurationError, match=r"the warehouse in use by .*process.*--home"),
        warehouse_lock(home, wait_seconds=0.3, announce=said.append),
    ):
        pass
    assert len(said) == 1 and "Waiting for another run" in said[0]


def test_a_second_run_goes_on_when_the_first_ends(tmp_path: Path):
    home = Home(tmp_path)
    inside = threading.Event()

    def second() -> None:
        with warehouse_lock(home, wait_seconds=SECONDS):
            inside.set()

    thread = threading.Thread(target=second, daemon=True)
    with warehouse_lock(home):
        thread.start()
        assert not inside.wait(0.5)
    assert inside.wait(SECONDS)
    thread.join(SECONDS)


def test_the_connection_speaks_utc(tmp_path: Path):
    with connect(Home(tmp_path)) as connection:
        assert connection.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)

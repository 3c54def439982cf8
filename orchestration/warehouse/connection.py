"""Opening the embedded warehouse, and the lock that keeps its writers one at a time."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.home import Home

MEMORY_LIMIT = "1500MB"


def memory_limit() -> str:
    """Return what DuckDB may hold in memory before it spills: ``TIEOUT_MEMORY_LIMIT``, such as ``8GB``.

    The default is that of ``profiles.yml``. A process holds more: Python, dbt, and what DuckDB does not count.
    """
    return os.environ.get("TIEOUT_MEMORY_LIMIT", MEMORY_LIMIT)


def connect(home: Home, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open the warehouse with the settings that dbt uses (UTC, memory limit, spill folder in the home)."""
    home.warehouse.mkdir(parents=True, exist_ok=True)
    home.facts.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        str(home.warehouse_file),
        read_only=read_only,
        config={
            "memory_limit": memory_limit(),
            "temp_directory": str(home.warehouse / "tmp"),
            "autoinstall_known_extensions": False,
        },
    )
    connection.execute("set TimeZone = 'UTC'")
    return connection


@contextmanager
def warehouse_lock(
    home: Home, *, wait_seconds: float = 3600, announce: Callable[[str], None] = lambda message: None
) -> Iterator[None]:
    """Hold the warehouse for one run; another run waits, and says for whom.

    The lock is the operating system's, on a file in the home: it ends with the process that holds it.

    Args:
        home: whose warehouse.
        wait_seconds: how long to wait for another run to end.
        announce: told once, if there is somebody to wait for.

    Raises:
        ConfigurationError: the other run did not end in that time.
    """
    home.warehouse.mkdir(parents=True, exist_ok=True)
    path = home.warehouse / "writer.lock"
    with path.open("a+", encoding="utf-8") as file:
        _acquire(file.fileno(), path, wait_seconds, announce)
        file.truncate(0)
        file.write(json.dumps({"process": os.getpid()}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
            fcntl.flock(file.fileno(), fcntl.LOCK_UN)


def _acquire(descriptor: int, path: Path, wait_seconds: float, announce: Callable[[str], None]) -> None:
    deadline = time.monotonic() + wait_seconds
    announced = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = path.read_text(encoding="utf-8") or "another process"
        if time.monotonic() >= deadline:
            raise ConfigurationError(
                str(path),
                found=f"the warehouse in use by {holder}",
                expected="one run at a time in a home",
                cure="Wait for that run to end, or give this run a home of its own with --home.",
            )
        if not announced:
            announce(f"Waiting for another run of this home to end ({holder})")
            announced = True
        time.sleep(0.2)

"""dbt-duckdb plug-in: what the `partitioned` materialization needs and SQL cannot do itself."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import duckdb.sqltypes
from dbt.adapters.duckdb.plugins import BasePlugin

if TYPE_CHECKING:
    import duckdb


def make_directories(paths: list[str]) -> int:
    """Make the folders ``paths`` with their parents, where missing; return how many were given."""
    for path in paths:
        Path(path).mkdir(parents=True, exist_ok=True)
    return len(paths)


def remove_files(paths: list[str]) -> int:
    """Remove files of partitions, and a partition's folder with its last one; a missing file is no error.

    Returns:
        How many were given.

    Raises:
        ValueError: a folder's name is not ``key=value``, so it is not a partition; nothing is removed then.
    """
    for path in paths:
        if "=" not in Path(path).parent.name:
            raise ValueError(f"{path}: not in a partition folder (its name has no '=')")
    for path in paths:
        file = Path(path)
        file.unlink(missing_ok=True)
        with suppress(OSError):  # not empty, or gone already
            file.parent.rmdir()
    return len(paths)


class SideBySide:
    """Runs statements that must keep the order of their rows: one thread each, as many at a time as there are threads.

    DuckDB's number of threads is a setting of the whole database, while dbt builds models side by side: it is one as
    long as statements of any model run, and theirs together keep the machine's threads busy.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take the connection whose database the statements are of; its threads are those to keep busy."""
        (threads,) = connection.execute("select current_setting('threads')").fetchone() or (1,)
        self.connection = connection
        self.threads = int(threads)
        self.workers = ThreadPoolExecutor(max_workers=self.threads)
        self.lock = Lock()
        self.models = 0

    def begin(self, model: str) -> str:
        """Count ``model`` among those whose statements run; it then sets DuckDB to one thread, outside of any query."""
        with self.lock:
            self.models += 1
        return model

    def run(self, statements: list[str]) -> int:
        """Run independent statements on connections of their own.

        DuckDB's threads are what they were as soon as no model's statements run, whether all went well or not.

        Returns:
            How many statements ran.

        Raises:
            duckdb.Error: the first statement's that failed; those not begun by then are not run.
        """
        try:
            waiting = [self.workers.submit(self.execute, statement) for statement in statements]
            try:
                for one in waiting:
                    one.result()
            except BaseException:
                for one in waiting:
                    one.cancel()
                wait(waiting)
                raise
        finally:
            with self.lock:
                self.models -= 1
                if self.models == 0:
                    self.execute(f"set threads = {self.threads}")
        return len(statements)

    def execute(self, statement: str) -> None:
        """Run one statement on a connection of its own."""
        with self.connection.cursor() as session:
            session.execute("set TimeZone = 'UTC'")
            session.execute(statement)


class Plugin(BasePlugin):
    """Registers the functions on each connection that dbt opens."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register the functions that the materialization names on ``conn``; set what all statements share."""
        side_by_side = SideBySide(conn)
        # Every reader of a fact binds the columns of all of its files, anew unless they are remembered.
        conn.execute("set global parquet_metadata_cache = true")
        gc.freeze()  # what dbt has parsed lives as long as the process: nothing for the collector to look at again
        text, whole = duckdb.sqltypes.VARCHAR, duckdb.sqltypes.BIGINT
        texts = duckdb.list_type(text)
        conn.create_function("tieout_make_directories", make_directories, [texts], whole, side_effects=True)
        conn.create_function("tieout_remove_files", remove_files, [texts], whole, side_effects=True)
        conn.create_function("tieout_begin_side_by_side", side_by_side.begin, [text], text, side_effects=True)
        conn.create_function("tieout_side_by_side", side_by_side.run, [texts], whole, side_effects=True)

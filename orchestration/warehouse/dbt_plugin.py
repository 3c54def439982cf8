"""dbt-duckdb plug-in: what the `partitioned` materialization needs and SQL cannot do itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb.sqltypes
from dbt.adapters.duckdb.plugins import BasePlugin

if TYPE_CHECKING:
    import duckdb


def make_directory(path: str) -> str:
    """Make the folder ``path`` with its parents, if missing; return the path."""
    Path(path).mkdir(parents=True, exist_ok=True)
    return path


def remove_file(path: str) -> str:
    """Remove a file of a partition, and the partition's folder with the last one; a missing file is no error.

    Returns:
        The path.

    Raises:
        ValueError: the folder's name is not ``key=value``, so it is not a partition.
    """
    file = Path(path)
    if "=" not in file.parent.name:
        raise ValueError(f"{path}: not in a partition folder (its name has no '=')")
    file.unlink(missing_ok=True)
    if file.parent.is_dir() and not any(file.parent.iterdir()):
        file.parent.rmdir()
    return path


def side_by_side(connection: duckdb.DuckDBPyConnection, statements: list[str], threads: int) -> int:
    """Run independent statements on connections of their own, as many at a time as there are ``threads``.

    The caller has set DuckDB to one thread, so that each statement runs in one and keeps the order of its rows; its
    ``threads`` are set again at the end, whether all went well or not.

    Returns:
        How many statements ran.

    Raises:
        duckdb.Error: the first statement's that failed; those not begun by then are not run.
    """

    def run(statement: str) -> None:
        with connection.cursor() as session:
            session.execute("set TimeZone = 'UTC'")
            session.execute(statement)

    try:
        with ThreadPoolExecutor(max_workers=threads) as workers:
            waiting = [workers.submit(run, statement) for statement in statements]
            try:
                for one in waiting:
                    one.result()
            except BaseException:
                workers.shutdown(wait=True, cancel_futures=True)
                raise
    finally:
        with connection.cursor() as session:
            session.execute(f"set threads = {int(threads)}")
    return len(statements)


class Plugin(BasePlugin):
    """Registers the functions on each connection that dbt opens."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register ``tieout_make_directory``, ``tieout_remove_file`` and ``tieout_side_by_side`` on ``conn``."""

        def run(statements: list[str], threads: int) -> int:
            return side_by_side(conn, statements, threads)

        text, whole = duckdb.sqltypes.VARCHAR, duckdb.sqltypes.BIGINT
        conn.create_function("tieout_make_directory", make_directory, [text], text, side_effects=True)
        conn.create_function("tieout_remove_file", remove_file, [text], text, side_effects=True)
        conn.create_function("tieout_side_by_side", run, [duckdb.list_type(text), whole], whole, side_effects=True)

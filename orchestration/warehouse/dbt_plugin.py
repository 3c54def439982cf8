"""dbt-duckdb plug-in: the two file operations of the `partitioned` materialization that SQL cannot do itself."""

from __future__ import annotations

import shutil
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


def remove_partition(path: str) -> str:
    """Remove the partition folder ``path`` with the Parquet files in it; a missing one is no error. Return the path.

    Raises:
        ValueError: the last part of the path is not ``key=value``, so it is not a partition folder.
    """
    folder = Path(path)
    if "=" not in folder.name:
        raise ValueError(f"{path}: not a partition folder (its name has no '=')")
    shutil.rmtree(folder, ignore_errors=True)
    return path


class Plugin(BasePlugin):
    """Registers the functions on each connection that dbt opens."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register ``tieout_make_directory`` and ``tieout_remove_partition`` (text → text) on ``conn``."""
        text = duckdb.sqltypes.VARCHAR
        conn.create_function("tieout_make_directory", make_directory, [text], text, side_effects=True)
        conn.create_function("tieout_remove_partition", remove_partition, [text], text, side_effects=True)

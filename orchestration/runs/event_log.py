"""Dagster's event log in SQLite, with connections that stay open.

A run stores more than a thousand events. Dagster opens its database for each, and compiles each statement anew, which
takes longer than storing it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as db
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData

KEPT_OPEN = 4


class EventLogStorage(SqliteEventLogStorage):
    """Dagster's own storage and files; the databases used last, those of all assets and of the run, are kept open.

    Named in the instance's ``dagster.yaml``, so that a run and the Dagster page use the same.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Take the folder of the databases, as Dagster's own storage does."""
        self._engines: dict[str, db.Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> EventLogStorage:
        """Return the storage that ``dagster.yaml`` describes."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[db.Connection]:
        if shard not in self._initialized_dbs:
            with super()._connect(shard):  # makes the database
                pass
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> db.Engine:
        engine = self._engines.pop(shard, None)
        if engine is None:
            if len(self._engines) >= KEPT_OPEN:
                self._engines.pop(next(iter(self._engines))).dispose()
            engine = db.create_engine(
                self.conn_string_for_shard(shard), connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            )
        self._engines[shard] = engine
        return engine

    def dispose(self) -> None:
        """Close what is open."""
        with self._db_lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()
        super().dispose()

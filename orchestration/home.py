"""Where a run writes: one folder, with a fixed place for each kind of thing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The folder that holds everything a run writes (``--home``, ``TIEOUT_HOME``, default ``.tieout``).

    Attributes:
        root: the folder, absolute.
    """

    root: Path

    @classmethod
    def of(cls, path: str | Path | None = None) -> Home:
        """Return the home at ``path``, else at ``TIEOUT_HOME``, else ``.tieout`` in the current folder."""
        chosen = path or os.environ.get("TIEOUT_HOME") or ".tieout"
        return cls(Path(chosen).expanduser().absolute())

    @property
    def landing(self) -> Path:
        """Deliveries as Parquet, each with its receipt."""
        return self.root / "landing"

    @property
    def warehouse(self) -> Path:
        """The embedded DuckDB file and the partition files of the facts."""
        return self.root / "warehouse"

    @property
    def warehouse_file(self) -> Path:
        """The DuckDB file; it has one writer at a time, and readers use publications instead."""
        return self.warehouse / "tieout.duckdb"

    @property
    def facts(self) -> Path:
        """Partition files of models materialized ``partitioned``."""
        return self.warehouse / "facts"

    @property
    def policies(self) -> Path:
        """The policy files of each publication, a folder per revision; nothing in one ever changes."""
        return self.root / "policies"

    @property
    def rule_changes(self) -> Path:
        """What changed in the policy up to each publication; no file in it ever changes."""
        return self.root / "rule_changes"

    @property
    def notices(self) -> Path:
        """Change notices as they were sent, per period and transition, with the receipt of each."""
        return self.root / "notices"

    @property
    def publications(self) -> Path:
        """Immutable publications, per period and number, and the pointer to the current one."""
        return self.root / "publications"

    @property
    def reports(self) -> Path:
        """Human-readable reports of runs."""
        return self.root / "reports"

    @property
    def replays(self) -> Path:
        """Scratch homes in which closed periods are rebuilt."""
        return self.root / "replays"

    @property
    def gateway(self) -> Path:
        """Where Tieout and the AI gateway meet: rules, the gateway's state, the files it writes."""
        return self.root / "gateway"

    @property
    def dagster(self) -> Path:
        """Dagster's instance folder: run and event history."""
        return self.root / "dagster"

    @property
    def dbt(self) -> Path:
        """Target and log folders of dbt."""
        return self.root / "dbt"

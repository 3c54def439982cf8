"""The folder in which Tieout and the gateway meet."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "TIEOUT_GATEWAY"


@dataclass(frozen=True)
class GatewayFolder:
    """Rules that Tieout publishes, the state that the proxy's workers share, and the files they write.

    Attributes:
        root: the folder, absolute; on a disk of the machine that the proxy runs on, for SQLite's sake.
    """

    root: Path

    @classmethod
    def of_environment(cls) -> GatewayFolder:
        """Return the folder that ``TIEOUT_GATEWAY`` names, else ``gateway`` in the home that ``TIEOUT_HOME`` names."""
        chosen = os.environ.get(VARIABLE)
        if chosen:
            return cls(Path(chosen).expanduser().absolute())
        return cls(Path(os.environ.get("TIEOUT_HOME") or ".tieout").expanduser().absolute() / "gateway")

    @property
    def rules_file(self) -> Path:
        """What Tieout publishes: identifiers, budgets, limits, prices, settings."""
        return self.root / "rules.json"

    @property
    def state_file(self) -> Path:
        """What the workers share: consumption, reservations, decisions."""
        return self.root / "state.sqlite3"

    @property
    def open(self) -> Path:
        """Files that are still written to."""
        return self.root / "open"

    @property
    def usage(self) -> Path:
        """Finished files of usage: the location of a source of kind ``ai_usage``."""
        return self.root / "usage"

    @property
    def events(self) -> Path:
        """Finished files of events: the location of a source of kind ``ai_gateway_events``."""
        return self.root / "events"

    def make(self) -> None:
        """Make the folder and those in it."""
        for folder in (self.open, self.usage, self.events):
            folder.mkdir(parents=True, exist_ok=True)

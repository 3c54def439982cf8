"""What a run works with: the home it writes to, and the estate it is about."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import ConfigurationError
from orchestration.estate import Estate, load_estate
from orchestration.home import Home

ESTATE_VARIABLE = "TIEOUT_ESTATE"


@dataclass(frozen=True)
class Workspace:
    """A home and an estate.

    Attributes:
        home: everything a run writes.
        estate: sources, invoices, contracts, policy, reporting currency.
    """

    home: Home
    estate: Estate

    @classmethod
    def of(cls, estate: str | Path | None = None, home: str | Path | None = None) -> Workspace:
        """Return the workspace of an estate file and a home folder.

        Args:
            estate: the estate file; else ``TIEOUT_ESTATE``, else ``estate.yml`` in the current folder.
            home: the home; else ``TIEOUT_HOME``, else ``.tieout`` in the current folder.

        Raises:
            ConfigurationError: there is no estate file, or it is not valid.
        """
        path = Path(estate or os.environ.get(ESTATE_VARIABLE) or "estate.yml")
        if not estate and not os.environ.get(ESTATE_VARIABLE) and not path.exists():
            raise ConfigurationError(
                str(path.absolute()),
                found="no estate file, and none was named",
                expected="a file that names the sources, invoices, contracts and policy",
                cure="Name one with --estate FILE, or make a sample with `tieout sample DIR`.",
            )
        return cls(Home.of(home), load_estate(path))

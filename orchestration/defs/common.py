"""What the definitions share: partitions, groups, owners, and the resource that holds the warehouse for a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from orchestration.runs.workspace import Workspace
from orchestration.warehouse.connection import warehouse_lock

PERIOD_FORMAT = "%Y-%m"
FIRST_PERIOD = "2020-01"
WAREHOUSE_POOL = "warehouse"

ONE_PERIOD_PER_RUN = dg.BackfillPolicy.multi_run(1)

LANDING_OWNER = "team:data-engineering"
FINANCE_OWNER = "team:finance"


def billing_periods(newest: str | None = None) -> dg.MonthlyPartitionsDefinition:
    """Return one partition per billing period, from 2020 to the current month, or to ``newest`` if that is later."""
    today = dt.datetime.now(dt.UTC)
    ahead = 0
    if newest is not None:
        year, month = (int(part) for part in newest.split("-"))
        ahead = max(0, (year - today.year) * 12 + month - today.month)
    return dg.MonthlyPartitionsDefinition(start_date=FIRST_PERIOD, fmt=PERIOD_FORMAT, end_offset=1 + ahead)


class WarehouseLock(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Holds the home's warehouse from the first step of a run to its last, so that another run waits.

    The steps of a run share tables of the period in scope; the in-process executor makes one resource per run.
    """

    home: str
    estate: str

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[WarehouseLock]:
        """Wait for the lock, and give it back after the last step."""
        workspace = Workspace.of(self.estate, self.home)
        announce = context.log.info if context.log else print
        with warehouse_lock(workspace.home, announce=announce):
            yield self

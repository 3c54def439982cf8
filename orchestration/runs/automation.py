"""What starts a run without a person: which periods are open, what is new."""

from __future__ import annotations

import datetime as dt
import hashlib

from orchestration.landing import pending
from orchestration.publishing import closed_periods
from orchestration.runs.planning import PeriodPlan, plan
from orchestration.runs.workspace import Workspace


def open_periods(workspace: Workspace, day: dt.date) -> list[str]:
    """Return the periods whose bills may still change on ``day``, oldest first.

    A period is open while a source says so; where a source does not say, until the end of the month after it.
    """
    return [period.billing_period for period in plan(workspace).periods if is_open(period, day)]


def is_open(period: PeriodPlan, day: dt.date) -> bool:
    """Whether a period's bills may still change on ``day``; those of a closed period may not."""
    if period.closed is not None:
        return False
    last_of_month_before = day.replace(day=1) - dt.timedelta(days=1)
    is_recent = period.billing_period >= last_of_month_before.strftime("%Y-%m")
    bills = [receipt for receipt in period.receipts if receipt.cost_column is not None]
    return any(receipt.is_final is False or (receipt.is_final is None and is_recent) for receipt in bills)


def stale_periods(workspace: Workspace) -> dict[str, str]:
    """Return the landed periods that would be published differently now, each with the fingerprint of its inputs."""
    return {period.billing_period: period.fingerprint for period in plan(workspace).periods if period.is_stale}


def new_deliveries(workspace: Workspace) -> str | None:
    """Return an identity of everything delivered and not landed yet, for open periods; None if there is nothing.

    Reads listings and manifests only.

    Raises:
        TieoutError: a location cannot be opened.
    """
    closed = closed_periods(workspace.home)
    tags = sorted(
        f"{found.source_id} {found.billing_period} {found.scope} {found.tag}"
        for source in workspace.estate.sources
        for found in pending(source, workspace.home)
        if found.billing_period not in closed
    )
    return hashlib.sha256("\n".join(tags).encode()).hexdigest() if tags else None

"""What became of a billing period in a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from orchestration.publishing import Publication

Status = Literal["published", "unchanged", "blocked", "refused", "failed", "closed"]


@dataclass(frozen=True)
class PeriodOutcome:
    """What became of one billing period.

    Attributes:
        billing_period: ``YYYY-MM``.
        status: ``published`` (a new publication), ``unchanged`` (the same content as before), ``blocked`` by the gate
            or a data test, ``refused`` for an input, ``failed`` for anything unexpected, ``closed`` and so left alone.
        publication: what readers see afterwards; None if nothing was ever published.
        messages: why it is blocked, refused or failed; what came in after it was closed; else warnings of the gate.
        run_id: the Dagster run, if one was made.
    """

    billing_period: str
    status: Status
    publication: Publication | None
    messages: tuple[str, ...] = ()
    run_id: str | None = None

"""Closed periods: what each was closed with, kept beside its publications; none is ever published again."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.publishing.files import flush

FILE_NAME = "closed.json"


class ClosedPeriod(BaseModel):
    """What a billing period was closed with.

    Attributes:
        billing_period: ``YYYY-MM``.
        publication: number of the publication that stands.
        manifest_sha256: hash of its manifest, which holds the hash of each of its files.
        closed_at: when, UTC.
        closed_by: who said so.
        code_commit: the project's commit at that time; None when it is no git checkout, or has changes of its own.
        delivery_ids: the deliveries that its figures were made of; they stay in the landing for ever.
        inputs: path relative to the home → SHA-256, of every file that its figures were made of.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    billing_period: str
    publication: int
    manifest_sha256: str
    closed_at: dt.datetime
    closed_by: str
    code_commit: str | None
    delivery_ids: tuple[str, ...]
    inputs: dict[str, str]


def closed_period(home: Home, billing_period: str) -> ClosedPeriod | None:
    """Return what a period was closed with, or None while it is open."""
    path = home.publications / billing_period / FILE_NAME
    return ClosedPeriod.model_validate_json(path.read_bytes()) if path.is_file() else None


def closed_periods(home: Home) -> dict[str, ClosedPeriod]:
    """Return every closed period, oldest first."""
    records = [ClosedPeriod.model_validate_json(path.read_bytes()) for path in home.publications.glob(f"*/{FILE_NAME}")]
    return {record.billing_period: record for record in sorted(records, key=lambda record: record.billing_period)}


def refuse_closed(home: Home, billing_period: str) -> None:
    """Let an open period pass.

    Raises:
        ConfigurationError: the period is closed.
    """
    closed = closed_period(home, billing_period)
    if closed is not None:
        raise ConfigurationError(
            f"billing period {billing_period}",
            found=f"a period closed on {closed.closed_at:%Y-%m-%d} by {closed.closed_by} with number "
            f"{closed.publication}",
            expected="an open period: a closed one is never landed, built or published again",
            cure=f"Run the open periods with `tieout run`; check this one with `tieout replay {billing_period}`.",
        )


def write_closed(home: Home, record: ClosedPeriod) -> None:
    """Close a period: from this moment nothing publishes it."""
    path = home.publications / record.billing_period / FILE_NAME
    beside = path.with_name(f".{path.name}")
    beside.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    beside.chmod(0o444)
    flush(beside)
    beside.replace(path)
    flush(path.parent)

"""Alerts about what was published: each reader is told once by each channel, with a receipt.

As with change notices (`sending`), a receipt is written when the receiver has accepted an alert, and an alert with a
receipt is never sent again. A crash between the answer and the receipt sends it again under the same identity.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.landing.receipts import replace_text
from orchestration.notices.channels import Channel, Message, channels
from orchestration.notices.settings import Notifications
from orchestration.publishing.files import flush
from orchestration.reports import Document
from orchestration.reports.html import as_html
from orchestration.reports.markdown import as_markdown


@dataclass(frozen=True)
class Alert:
    """Something that readers are told once.

    Attributes:
        kind: what sort of thing it is, a word of [a-z_].
        about: what it is about: the same thing again is not told again, however its figures have grown.
        readers: owners as the policy names them, or addresses.
        subject: one line.
        page: the alert as a page.
        facts: what a program wants to know of it.
    """

    kind: str
    about: tuple[str, ...]
    readers: tuple[str, ...]
    subject: str
    page: Document
    facts: dict[str, Any] = field(default_factory=dict)

    def key(self, reader: str, channel: str) -> str:
        """Return the identity of its delivery to a reader by a channel, 32 hex digits, the same at each attempt."""
        parts = [self.kind, *self.about, reader, channel]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


class AlertReceipt(BaseModel):
    """That an alert was accepted.

    Attributes:
        notice: identity of the alert to this reader by this channel.
        kind: what sort of alert it is.
        about: what it is about.
        reader: whom it was for.
        channel: how it was sent.
        answer: what the receiver said.
        sent_at: when it was accepted, UTC.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    notice: str
    kind: str
    about: tuple[str, ...]
    reader: str
    channel: str
    answer: str
    sent_at: dt.datetime


def send_alerts(
    home: Home,
    settings: Notifications | None,
    alerts: Sequence[Alert],
    announce: Callable[[str], None] = lambda message: None,
) -> tuple[AlertReceipt, ...]:
    """Send what has no receipt yet, to its readers and to Finance; without channels, nothing.

    A receiver that fails does not keep the others from being told.

    Returns:
        The receipts of this call.

    Raises:
        ConfigurationError: a channel cannot be used, or a receiver did not accept an alert: the first, with how many.
    """
    if settings is None:
        return ()
    unsent = [
        (alert, reader, way)
        for way in channels(settings)
        for alert in alerts
        for reader in dict.fromkeys((*alert.readers, *settings.finance))
        if not _receipt_file(home, alert, reader, way.name).is_file()
    ]
    for way in {way.name: way for _, _, way in unsent}.values():
        way.check(sorted({reader for _, reader, other in unsent if other.name == way.name}))
    sent: list[AlertReceipt] = []
    failures: list[ConfigurationError] = []
    for alert, reader, way in unsent:
        announce(f"Telling {reader} by {way.name}: {alert.subject}")
        try:
            sent.append(_send(home, alert, reader, way))
        except ConfigurationError as error:
            failures.append(error)
    if failures:
        first = failures[0]
        raise ConfigurationError(
            first.where,
            found=f"{first.found}; {len(failures)} of {len(unsent)} alerts were not accepted",
            expected=first.expected,
            cure="Correct the channel or wait for the receiver, then run again: what was accepted is not sent twice.",
        )
    return tuple(sent)


def _send(home: Home, alert: Alert, reader: str, way: Channel) -> AlertReceipt:
    key = alert.key(reader, way.name)
    message = Message(
        key=key,
        reader=reader,
        subject=alert.subject,
        markdown=as_markdown(alert.page),
        html=as_html(alert.page),
        facts={"alert": alert.kind, **alert.facts},
    )
    receipt = AlertReceipt(
        notice=key,
        kind=alert.kind,
        about=alert.about,
        reader=reader,
        channel=way.name,
        answer=way.send(message),
        sent_at=dt.datetime.now(dt.UTC),
    )
    file = _receipt_file(home, alert, reader, way.name)
    replace_text(file, receipt.model_dump_json(indent=1) + "\n")
    flush(file)
    flush(file.parent)
    return receipt


def _receipt_file(home: Home, alert: Alert, reader: str, channel: str) -> Path:
    return home.notices / "alerts" / f"{alert.kind}.{channel}-{alert.key(reader, channel)}.json"

"""Sends notices, each exactly once, with a receipt.

A receipt is written when the receiver has accepted a notice, and a notice with a receipt is never sent again. A crash
between the answer and the receipt leaves the sender without knowing that the notice arrived: it is then sent again
under the same identity, by which the receiver knows it. To be told twice is better than not to be told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.landing.receipts import replace_text
from orchestration.notices.channels import Channel, Message, channels
from orchestration.notices.notice import Notice, notices, page_of
from orchestration.notices.settings import Notifications
from orchestration.policy import Policy
from orchestration.publishing.files import flush
from orchestration.reports.html import as_html
from orchestration.reports.markdown import as_markdown
from orchestration.rule_changes import RuleChanges, Transition


class Receipt(BaseModel):
    """That a notice was accepted.

    Attributes:
        notice: identity of the notice by this channel.
        billing_period: ``YYYY-MM``.
        transition: its number in the period.
        reader: whom it was for.
        channel: how it was sent.
        answer: what the receiver said.
        sent_at: when it was accepted, UTC.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    notice: str
    billing_period: str
    transition: int
    reader: str
    channel: str
    answer: str
    sent_at: dt.datetime


class Notified(BaseModel):
    """What came of the notices of a period.

    Attributes:
        record: the rule changes, with when everybody was told.
        sent: receipts of this call.
        sent_before: receipts of earlier ones.
    """

    record: RuleChanges
    sent: tuple[Receipt, ...] = ()
    sent_before: tuple[Receipt, ...] = ()


def notify(
    home: Home,
    settings: Notifications | None,
    record: RuleChanges,
    policy: Policy,
    announce: Callable[[str], None] = lambda message: None,
) -> Notified:
    """Tell owners of the last transition of a period, if they have not been told.

    Nothing is sent without channels, without a change, or while a change lacks an approval. A receiver that fails does
    not keep the others from being told.

    Raises:
        ConfigurationError: a channel cannot be used, or a receiver did not accept a notice: the first, with how many.
    """
    if not record.transitions or settings is None:
        return Notified(record=record)
    transition = record.transitions[-1]
    if not transition.is_approved or transition.notified_at is not None:
        return Notified(record=record)
    due = notices(record.billing_period, transition, policy, settings.finance)
    ways = channels(settings)
    unsent = [(notice, way) for notice in due for way in ways if receipt_of(home, notice, way.name) is None]
    for way in ways:
        readers = [notice.reader for notice, other in unsent if other is way]
        if readers:
            way.check(readers)
    before = [receipt for notice in due for way in ways if (receipt := receipt_of(home, notice, way.name))]
    sent: list[Receipt] = []
    failures: list[ConfigurationError] = []
    for notice, way in unsent:
        announce(f"Sending the change notice to {notice.reader} by {way.name}")
        try:
            sent.append(_send(home, notice, way))
        except ConfigurationError as error:
            failures.append(error)
    if failures:
        first = failures[0]
        raise ConfigurationError(
            first.where,
            found=f"{first.found}; {len(failures)} of {len(unsent)} notices were not accepted",
            expected=first.expected,
            cure=first.cure,
        )
    return Notified(
        record=_told(record, transition, [*before, *sent], len(due)), sent=tuple(sent), sent_before=tuple(before)
    )


def write_pages(home: Home, notice: Notice) -> tuple[str, str]:
    """Return a notice's Markdown and HTML, as they were first written: each attempt sends the same."""
    folder = _folder(home, notice)
    made = []
    page = page_of(notice)
    for suffix, render in ((".md", as_markdown), (".html", as_html)):
        file = folder / f"{notice.name}{suffix}"
        if not file.is_file():
            replace_text(file, render(page))
        made.append(file.read_text(encoding="utf-8"))
    return made[0], made[1]


def write_unsent(home: Home, record: RuleChanges, policy: Policy, finance: Iterable[str]) -> list[Path]:
    """Write the notices of the last transition, unless everybody was told of it; return the pages, to look at."""
    if not record.transitions or record.transitions[-1].notified_at is not None:
        return []
    written = []
    for notice in notices(record.billing_period, record.transitions[-1], policy, finance):
        page = page_of(notice)
        for suffix, render in ((".md", as_markdown), (".html", as_html)):
            file = home.reports / record.billing_period / "notices" / f"{notice.name}{suffix}"
            replace_text(file, render(page))
            written.append(file)
    return written


def receipt_of(home: Home, notice: Notice, channel: str) -> Receipt | None:
    """Return the receipt of a notice by a channel, or None while it has none."""
    file = _receipt_file(home, notice, channel)
    return Receipt.model_validate_json(file.read_bytes()) if file.is_file() else None


def _send(home: Home, notice: Notice, way: Channel) -> Receipt:
    markdown, html = write_pages(home, notice)
    step = notice.transition
    message = Message(
        key=notice.key(way.name),
        reader=notice.reader,
        subject=notice.subject,
        markdown=markdown,
        html=html,
        facts={
            "billing_period": notice.billing_period,
            "policy_revision_before": step.revision_before,
            "policy_revision_after": step.revision_after,
            "cost_centres": sorted(notice.cost_centres) if notice.cost_centres is not None else None,
            "changes": [change.model_dump(mode="json") for change in step.changes],
        },
    )
    answer = way.send(message)
    receipt = Receipt(
        notice=message.key,
        billing_period=notice.billing_period,
        transition=step.number,
        reader=notice.reader,
        channel=way.name,
        answer=answer,
        sent_at=dt.datetime.now(dt.UTC),
    )
    file = _receipt_file(home, notice, way.name)
    replace_text(file, receipt.model_dump_json(indent=1) + "\n")
    flush(file)
    flush(file.parent)
    return receipt


def _told(record: RuleChanges, transition: Transition, receipts: list[Receipt], readers: int) -> RuleChanges:
    last = max((receipt.sent_at for receipt in receipts), default=None)
    told = transition.model_copy(update={"notified_at": last, "notified_owners": readers})
    return record.model_copy(update={"transitions": (*record.transitions[:-1], told)})


def _folder(home: Home, notice: Notice) -> Path:
    step = notice.transition
    return home.notices / notice.billing_period / f"{step.number}-{step.revision_after[:12]}"


def _receipt_file(home: Home, notice: Notice, channel: str) -> Path:
    return _folder(home, notice) / f"{notice.name}.{channel}-{notice.key(channel)}.json"

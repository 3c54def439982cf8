"""What is done beside the gateway: budgets are evaluated, owners are told, each of each thing once, with a receipt.

A receipt is written when a channel has accepted a message. A crash in between sends it again under the same identity,
by which a receiver knows it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from orchestration.errors import ConfigurationError
from orchestration.gateway.publishing import gateway_folder
from orchestration.gateway.rotating_log import EVENT_COLUMNS, EVENTS, USAGE, RotatingLog, finish_left
from orchestration.gateway.rules import Rules, RulesOfDay, read_rules
from orchestration.gateway.state import Clock, Decision, Event, Standing, State, shown
from orchestration.home import Home
from orchestration.landing.receipts import replace_text
from orchestration.notices.channels import Message, channels
from orchestration.notices.settings import Notifications
from orchestration.policy import Policy
from orchestration.publishing.files import flush
from orchestration.reports import Document
from orchestration.reports.html import as_html
from orchestration.reports.markdown import as_markdown


class Receipt(BaseModel):
    """That a message about the gateway was accepted.

    Attributes:
        message: identity of the message by this channel.
        about: the budget, period and share, or the decision.
        reader: whom it was for.
        channel: how it was sent.
        answer: what the receiver said.
        sent_at: when it was accepted, UTC.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    message: str
    about: str
    reader: str
    channel: str
    answer: str
    sent_at: dt.datetime


@dataclass(frozen=True)
class Alert:
    """Something an owner is told once.

    Attributes:
        about: its identity.
        owner: who is told, as the policy names them.
        subject: one line.
        facts: label and value, for the page.
        cure: what the reader can do.
        data: the same for programs.
    """

    about: str
    owner: str
    subject: str
    facts: tuple[tuple[str, str], ...]
    cure: str
    data: dict[str, Any]


@dataclass
class Checked:
    """What a check found.

    Attributes:
        standings: each budget's.
        decisions: those that are active.
        sent: receipts of this check.
        finished: files of dead writers that were finished.
    """

    standings: list[Standing] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    sent: list[Receipt] = field(default_factory=list)
    finished: list[Path] = field(default_factory=list)

    @property
    def is_held(self) -> bool:
        """Whether a budget is used up, or somebody throttled or suspended."""
        return any(standing.percent >= 100 for standing in self.standings) or any(
            decision.action != "notify" for decision in self.decisions
        )


def published_rules(home: Home) -> Rules:
    """Return what was published to the gateway.

    Raises:
        ConfigurationError: nothing was, or it cannot be read.
    """
    path = gateway_folder(home).rules_file
    try:
        return read_rules(path)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            str(path),
            found=f"no rules that can be read ({error})",
            expected="what `tieout gateway publish` writes",
            cure="Run `tieout gateway publish`.",
        ) from None


def open_state(home: Home, rules: Rules, clock: Clock) -> State:
    """Open the state that the gateway's workers share; made from the files of usage where it is missing."""
    folder = gateway_folder(home)
    folder.make()
    files = [*sorted(folder.usage.glob(f"{USAGE}-*.csv")), *sorted(folder.open.glob(f"{USAGE}-*.csv"))]
    return State(folder.state_file, usage_files=files, rules=rules, clock=clock)


def check(
    home: Home,
    settings: Notifications | None,
    policy: Policy,
    clock: Clock = lambda: dt.datetime.now(dt.UTC),
    announce: Callable[[str], None] = lambda message: None,
) -> Checked:
    """Finish what dead writers left, evaluate budgets, and tell owners what they have not been told.

    Raises:
        ConfigurationError: nothing was published, or a receiver did not accept a message; the others were told.
    """
    rules = published_rules(home)
    today = rules.on(clock().date())
    folder = gateway_folder(home)
    state = open_state(home, rules, clock)
    try:
        record_events(home, state.tidy(today))
        checked = Checked(state.standings(today), state.decisions())
        alerts = [*_of_budgets(state, today, policy), *_of_decisions(state, policy)]
    finally:
        state.close()
    for name, finished in ((USAGE, folder.usage), (EVENTS, folder.events)):
        checked.finished += finish_left(name, folder.open, finished)
    checked.sent = send(home, settings, alerts, clock, announce)
    return checked


def release(home: Home, kind: str, value: str, *, by: str, reason: str, clock: Clock) -> list[Event]:
    """End what was decided about a consumer, and log it.

    Raises:
        ConfigurationError: nothing is decided about it.
    """
    rules = published_rules(home)
    state = open_state(home, rules, clock)
    try:
        events = state.release(kind, value, by=by, reason=reason)
        held = [f"{row.kind} {row.value}" for row in state.decisions()]
    finally:
        state.close()
    if not events:
        raise ConfigurationError(
            f"{kind} {value}",
            found="nothing that was decided about it",
            expected=f"one of: {', '.join(held)}" if held else "a consumer that is held; there is none",
            cure="`tieout gateway status` lists who is held.",
        )
    record_events(home, events)
    return events


def record_events(home: Home, events: Iterable[Event]) -> None:
    """Write events where the gateway writes its own."""
    folder = gateway_folder(home)
    log = RotatingLog(EVENTS, EVENT_COLUMNS, folder.open, folder.events)
    for event in events:
        log.append(str(event["time"])[:7], event)
    log.rotate()


def send(
    home: Home,
    settings: Notifications | None,
    alerts: Iterable[Alert],
    clock: Clock,
    announce: Callable[[str], None] = lambda message: None,
) -> list[Receipt]:
    """Send what has no receipt, to each owner and to Finance, by each channel.

    Raises:
        ConfigurationError: a receiver did not accept a message: the first, with how many; the others were told.
    """
    if settings is None:
        return []
    ways = channels(settings)
    unsent = [
        (alert, reader, way)
        for alert in alerts
        for reader in dict.fromkeys([alert.owner, *settings.finance])
        for way in ways
        if not _receipt_file(home, alert, reader, way.name).is_file()
    ]
    for way in ways:
        if readers := sorted({reader for _, reader, other in unsent if other is way}):
            way.check(readers)
    sent: list[Receipt] = []
    failures: list[ConfigurationError] = []
    for alert, reader, way in unsent:
        announce(f"Telling {reader} by {way.name}: {alert.subject}")
        page = page_of(alert)
        key = _key(alert, reader, way.name)
        message = Message(key, reader, alert.subject, as_markdown(page), as_html(page), alert.data)
        try:
            answer = way.send(message)
        except ConfigurationError as error:
            failures.append(error)
            continue
        receipt = Receipt(
            message=key, about=alert.about, reader=reader, channel=way.name, answer=answer, sent_at=clock()
        )
        file = _receipt_file(home, alert, reader, way.name)
        replace_text(file, receipt.model_dump_json(indent=1) + "\n")
        flush(file)
        flush(file.parent)
        sent.append(receipt)
    if failures:
        first = failures[0]
        raise ConfigurationError(
            first.where,
            found=f"{first.found}; {len(failures)} of {len(unsent)} messages were not accepted",
            expected=first.expected,
            cure=first.cure,
        )
    return sent


def page_of(alert: Alert) -> Document:
    """Return an alert as a page."""
    return Document(
        title=alert.subject,
        subtitle=alert.cure,
        facts=alert.facts,
        sections=(),
        provenance="Counted by the AI gateway as calls are answered; `tieout gateway status` shows it as it is now.",
    )


def _of_budgets(state: State, today: RulesOfDay, policy: Policy) -> list[Alert]:
    budgets = {budget.budget_id: budget for budget in today.budgets}
    owners = {row.budget_id: row.owner for row in policy.ai_budgets if row.in_force(dt.date.fromisoformat(today.day))}
    found = []
    for budget_id, period, amount, share, consumed, reached_at in state.alerts():
        budget = budgets.get(budget_id)
        if budget is None or budget_id not in owners or budget.span(today.day)[0] != period or budget.amount != amount:
            continue
        stops = "The gateway refuses further calls." if share >= 100 and budget.has_cap else ""
        found.append(
            Alert(
                about=f"{budget_id} {period} {amount} {share}",
                owner=owners[budget_id],
                subject=f"AI budget {budget_id}: {share} % used",
                facts=(
                    ("Budget", f"{budget.kind} {budget.value}, by the {budget.period}, from {period}"),
                    ("Amount", shown(amount, budget.unit)),
                    ("Used when it was reached", shown(consumed, budget.unit)),
                    ("Reached", f"{reached_at:%Y-%m-%d %H:%M} UTC"),
                ),
                cure=f"{stops} A changed row of ai_budgets.csv, published, changes the budget.".strip(),
                data={
                    "budget": asdict(budget),
                    "period_from": period,
                    "percent": share,
                    "consumed": consumed,
                    "reached_at": reached_at.isoformat(),
                },
            )
        )
    return found


def _of_decisions(state: State, policy: Policy) -> list[Alert]:
    owners = {row.limit_id: row.owner for row in policy.ai_limits}
    words = {"notify": "uses more than it is used to", "throttle": "is throttled", "suspend": "is suspended"}
    return [
        Alert(
            about=decision.decision_id,
            owner=owners[decision.limit_id],
            subject=f"AI limit {decision.limit_id}: {decision.kind} {decision.value} {words[decision.action]}",
            facts=(
                ("Consumer", f"{decision.kind} {decision.value}"),
                ("Used in the window", f"{decision.observed:,}"),
                ("Baseline of a window", "none: new" if decision.baseline is None else f"{decision.baseline:,}"),
                ("Allowed", f"{decision.allowed:,}"),
                ("Since", f"{decision.began_at:%Y-%m-%d %H:%M} UTC"),
                ("Ends by itself", f"{decision.expires_at:%Y-%m-%d %H:%M} UTC"),
            ),
            cure=f"To end it earlier: tieout gateway release {decision.kind} {decision.value}",
            data={"decision": json.loads(json.dumps(asdict(decision), default=str))},
        )
        for decision in state.decisions()
        if decision.limit_id in owners
    ]


def _key(alert: Alert, reader: str, channel: str) -> str:
    return hashlib.sha256(json.dumps([alert.about, reader, channel]).encode()).hexdigest()[:32]


def _receipt_file(home: Home, alert: Alert, reader: str, channel: str) -> Path:
    return home.notices / "ai_gateway" / f"{channel}-{_key(alert, reader, channel)}.json"

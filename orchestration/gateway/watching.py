"""What is done beside the gateway: budgets are evaluated, and owners are told, each of each thing once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from orchestration.errors import ConfigurationError
from orchestration.gateway.publishing import gateway_folder
from orchestration.gateway.rotating_log import EVENT_COLUMNS, EVENTS, USAGE, RotatingLog, finish_left
from orchestration.gateway.rules import Rules, read_rules
from orchestration.gateway.state import Clock, Decision, Event, Standing, State, shown
from orchestration.home import Home
from orchestration.notices.alerts import Alert, AlertReceipt, send_alerts
from orchestration.notices.settings import Notifications
from orchestration.policy import Policy
from orchestration.reports import Document

TOLD_LATER = dt.timedelta(days=2)
"""For so long what happened is told even if it is over: a day ends between two checks, and a receiver may be away."""


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
    sent: tuple[AlertReceipt, ...] = ()
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
        alerts = [*_of_budgets(state, rules, policy, clock()), *_of_decisions(state, policy, clock())]
    finally:
        state.close()
    for name, finished in ((USAGE, folder.usage), (EVENTS, folder.events)):
        checked.finished += finish_left(name, folder.open, finished)
    checked.sent = send_alerts(home, settings, alerts, announce)
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


def _alert(
    kind: str,
    about: tuple[str, ...],
    owner: str,
    subject: str,
    cure: str,
    facts: tuple[tuple[str, str], ...],
    **data: Any,
) -> Alert:
    page = Document(
        title=subject,
        subtitle=cure,
        facts=facts,
        sections=(),
        provenance="Counted by the AI gateway as calls are answered; `tieout gateway status` shows it as it is now.",
    )
    return Alert(kind, about, (owner,), subject, page, data)


def _of_budgets(state: State, rules: Rules, policy: Policy, now: dt.datetime) -> list[Alert]:
    """Return the shares that budgets have reached in their current period, or lately in one that has ended since."""
    unpriced = {standing.budget.budget_id: standing.unpriced for standing in state.standings(rules.on(now.date()))}
    found = []
    for budget_id, period, amount, share, consumed, reached_at in state.alerts():
        days = (now.date(), reached_at.date()) if reached_at > now - TOLD_LATER else (now.date(),)
        budget, owner = next(
            (
                (budget, row.owner)
                for day in days
                for budget in rules.on(day).budgets
                for row in policy.ai_budgets
                if budget.budget_id == row.budget_id == budget_id
                and row.in_force(day)
                and budget.span(day.isoformat())[0] == period
                and budget.amount == amount
            ),
            (None, ""),
        )
        if budget is None:
            continue
        stops = "The gateway refuses further calls." if share >= 100 and budget.has_cap else ""
        found.append(
            _alert(
                "ai_budget",
                (budget_id, period, str(amount), str(share)),
                owner,
                f"AI budget {budget_id}: {share} % used",
                f"{stops} A changed row of ai_budgets.csv, published, changes the budget.".strip(),
                (
                    ("Budget", f"{budget.kind} {budget.value}, by the {budget.period}, from {period}"),
                    ("Amount", shown(amount, budget.unit)),
                    ("Used when it was reached", shown(consumed, budget.unit)),
                    *(
                        (("Not counted", f"{shown(count, 'tokens')} without a price in the budget's currency"),)
                        if (count := unpriced.get(budget_id, 0))
                        else ()
                    ),
                    ("Reached", f"{reached_at:%Y-%m-%d %H:%M} UTC"),
                ),
                budget=asdict(budget),
                period_from=period,
                percent=share,
                consumed=consumed,
                reached_at=reached_at.isoformat(),
            )
        )
    return found


def _of_decisions(state: State, policy: Policy, now: dt.datetime) -> list[Alert]:
    """Return what is decided, and what was decided lately and has ended since."""
    owners = {row.limit_id: row.owner for row in policy.ai_limits}
    active = {decision.decision_id for decision in state.decisions()}
    words = {"notify": "uses more than it is used to", "throttle": "is throttled", "suspend": "is suspended"}
    return [
        _alert(
            "ai_limit",
            (decision.decision_id,),
            owners[decision.limit_id],
            f"AI limit {decision.limit_id}: {decision.kind} {decision.value} {words[decision.action]}",
            f"To end it earlier: tieout gateway release {decision.kind} {decision.value}"
            if decision.decision_id in active
            else "It has ended.",
            (
                ("Consumer", f"{decision.kind} {decision.value}"),
                ("Used in the window", f"{decision.observed:,}"),
                ("Baseline of a window", "none: new" if decision.baseline is None else f"{decision.baseline:,}"),
                ("Allowed", f"{decision.allowed:,}"),
                ("Since", f"{decision.began_at:%Y-%m-%d %H:%M} UTC"),
                ("Ends by itself", f"{decision.expires_at:%Y-%m-%d %H:%M} UTC"),
            ),
            decision=json.loads(json.dumps(asdict(decision), default=str)),
        )
        for decision in state.decisions(only_active=False)
        if decision.limit_id in owners and (decision.decision_id in active or decision.began_at > now - TOLD_LATER)
    ]

"""What the gateway's workers share: consumption, reservations, decisions. One SQLite file in write-ahead mode.

Whatever is decided from a sum is decided in the transaction that reads it, so that concurrent calls, of one worker or
of several, cannot pass a cap together. The file may be lost: what is in it is counted again from the files of usage.
"""

from __future__ import annotations

import csv
import datetime as dt
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from orchestration.gateway.calls import TOKEN_CLASSES, Caller, CallRefused, provider_of
from orchestration.gateway.rules import ALERT_SHARES, Budget, Limit, Rules, RulesOfDay, cost, folded

Clock = Callable[[], dt.datetime]
Event = dict[str, object]

MONEY, UNPRICED = "money:", "unpriced:"
"""Units before their currency: billionths of it, and tokens that have no price in it."""
MINIMUM_BASELINE_DAYS = 3
"""A consumer that used the gateway on fewer of the baseline's days has no baseline."""

_SCHEMA = """
create table if not exists consumption (
    kind text, value text, unit text, day text, quantity integer not null, primary key (kind, value, unit, day)
) without rowid;
create table if not exists holds (
    call_id text, kind text, value text, unit text, day text, quantity integer not null, expires_at real not null,
    primary key (call_id, kind, value, unit)
) without rowid;
create index if not exists holds_of on holds (kind, value, unit, day);
create table if not exists minutes (
    kind text, value text, unit text, minute integer, quantity integer not null,
    primary key (kind, value, unit, minute)
) without rowid;
create table if not exists baselines (
    limit_id text, value text, day text, quantity integer, primary key (limit_id, value, day)
) without rowid;
create table if not exists decisions (
    decision_id text primary key, limit_id text not null, kind text not null, value text not null, action text not null,
    throttle_per_minute integer not null, began_at real not null, expires_at real not null,
    observed integer not null, baseline integer, allowed integer not null, ended_at real, ended_by text, reason text
) without rowid;
create table if not exists admissions (
    decision_id text, minute integer, calls integer not null, primary key (decision_id, minute)
) without rowid;
create table if not exists alerts (
    budget_id text, period text, amount integer, share integer, consumed integer not null, reached_at real not null,
    primary key (budget_id, period, amount, share)
) without rowid;
create table if not exists settings (name text primary key, value text) without rowid;
"""


@dataclass(frozen=True)
class Standing:
    """How a budget stands.

    Attributes:
        consumed: settled, here and elsewhere.
        reserved: by calls that have not been settled.
        unpriced: tokens, here and elsewhere, that a budget in money does not count: they have no price in its currency.
    """

    budget: Budget
    first_day: str
    consumed: int
    reserved: int
    unpriced: int = 0

    @property
    def percent(self) -> int:
        """The part that is consumed, in whole percent, rounded down."""
        return self.consumed * 100 // self.budget.amount if self.budget.amount else 100


@dataclass(frozen=True)
class Decision:
    """A consumer that is notified about, throttled or suspended."""

    decision_id: str
    limit_id: str
    kind: str
    value: str
    action: str
    throttle_per_minute: int
    began_at: dt.datetime
    expires_at: dt.datetime
    observed: int
    baseline: int | None
    allowed: int
    ended_at: dt.datetime | None = None
    ended_by: str | None = None
    reason: str | None = None


class State:
    """The shared file; one instance in each process, used by one thread at a time.

    Args:
        path: the SQLite file; made when it is missing.
        usage_files: files of usage to count again when it is made.
        rules: what they are priced by.
        clock: the time, UTC; for tests.
    """

    def __init__(
        self,
        path: Path,
        *,
        usage_files: Iterable[Path] = (),
        rules: Rules | None = None,
        clock: Clock = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._clock = clock
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = normal")
            self._make(usage_files, rules)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    # Calls

    def admit(
        self,
        call_id: str,
        caller: Caller,
        rules: RulesOfDay,
        reserve: Mapping[str, int | None],
        *,
        hold_minutes: int,
    ) -> None:
        """Let a call pass, and reserve the most it can use, or refuse it.

        Args:
            call_id: LiteLLM's.
            caller: who makes it.
            rules: what is in force.
            reserve: unit of a budget → the most the call can use; None where that is not known.
            hold_minutes: after how long the reservation counts as used if nothing settles it.

        Raises:
            CallRefused: a decision or a budget forbids it; nothing is reserved.
            sqlite3.Error: the state cannot be read or written.
        """
        now = self._clock()
        capped = [
            budget
            for kind, value in caller.consumers()
            for budget in rules.budgets_of.get((kind, value), ())
            if budget.has_cap
        ]
        with self._transaction():
            if rules.limits:
                self._refuse_held(caller, now)
            needed = {(budget.kind, budget.value, budget.unit): 0 for budget in capped}
            for budget in capped:
                needed[budget.kind, budget.value, budget.unit] = self._refuse_over_budget(budget, rules, reserve, now)
            expires = now.timestamp() + hold_minutes * 60
            self._connection.executemany(
                "insert or replace into holds values (?, ?, ?, ?, ?, ?, ?)",
                [(call_id, *key, rules.day, quantity, expires) for key, quantity in needed.items()],
            )

    def settle(
        self, call_id: str, caller: Caller, rules: RulesOfDay, used: Mapping[str, int], *, is_final: bool = True
    ) -> list[Event]:
        """Count what a call has used, and decide what follows from it.

        Args:
            call_id: LiteLLM's.
            caller: who made it.
            rules: what is in force.
            used: unit → quantity.
            is_final: whether the call's reservation is given back; an attempt that is followed by another keeps it.

        Returns:
            What happened, for the log of events: budgets that reached a share, limits that were passed.

        Raises:
            sqlite3.Error: the state cannot be read or written.
        """
        now = self._clock()
        minute = int(now.timestamp()) // 60
        events: list[Event] = []
        with self._transaction():
            if is_final:
                self._connection.execute("delete from holds where call_id = ?", [call_id])
            for kind, value in caller.consumers():
                self._count(kind, value, rules.day, minute, used)
            events += self._end_expired(now)
            for kind, value in caller.consumers():
                for budget in rules.budgets_of.get((kind, value), ()):
                    events += self._alerts(self._standing(budget, rules), now)
            for limit in rules.limits:
                for kind, value in caller.consumers():
                    if limit.kind == kind and limit.value in ("", value):
                        events += self._judge(limit, value, now)
        return events

    def give_back(self, call_id: str) -> None:
        """Forget the reservation of a call that has come to nothing."""
        with self._transaction():
            self._connection.execute("delete from holds where call_id = ?", [call_id])

    # What is asked beside the calls

    def standings(self, rules: RulesOfDay) -> list[Standing]:
        """Return how each budget in force stands in its current period."""
        return [self._standing(budget, rules) for budget in rules.budgets]

    def tidy(self, rules: RulesOfDay) -> list[Event]:
        """Count reservations that nothing settled, end decisions that have expired, and drop what is no longer needed.

        Returns:
            What happened, for the log of events.
        """
        now = self._clock()
        events: list[Event] = []
        with self._transaction():
            lost = self._connection.execute(
                "select call_id, kind, value, unit, day, quantity from holds where expires_at <= ?", [now.timestamp()]
            ).fetchall()
            for call_id, kind, value, unit, day, quantity in lost:
                self._add("consumption", kind, value, unit, day, quantity)
                self._connection.execute("delete from holds where call_id = ?", [call_id])
                events.append(
                    self._event(now, "reservation_unsettled", kind, value, unit=unit, observed=quantity, detail=call_id)
                )
            events += self._end_expired(now)
            for budget in rules.budgets:
                events += self._alerts(self._standing(budget, rules), now)
            oldest = max((limit.baseline_days for limit in rules.limits), default=0) + 2
            first_minute = int((now - dt.timedelta(days=oldest)).timestamp()) // 60
            self._connection.execute("delete from minutes where minute < ?", [first_minute])
            self._connection.execute("delete from admissions where minute < ?", [int(now.timestamp()) // 60 - 2])
            self._connection.execute("delete from baselines where day < ?", [_day(now - dt.timedelta(days=oldest))])
            self._connection.execute(
                "delete from consumption where day < ?", [_day(now - dt.timedelta(days=max(oldest, 62)))]
            )
        return events

    def decisions(self, *, only_active: bool = True) -> list[Decision]:
        """Return decisions, the newest first."""
        now = self._clock().timestamp()
        rows = self._connection.execute(
            "select decision_id, limit_id, kind, value, action, throttle_per_minute, began_at, expires_at, observed, "
            "baseline, allowed, ended_at, ended_by, reason from decisions order by began_at desc, decision_id"
        )
        names = [column[0] for column in rows.description]
        found = []
        for row in rows.fetchall():
            cells = dict(zip(names, row, strict=True))
            for name in ("began_at", "expires_at", "ended_at"):
                cells[name] = _moment(cells[name]) if cells[name] is not None else None
            found.append(Decision(**cells))
        return [row for row in found if not only_active or (row.ended_at is None and row.expires_at.timestamp() > now)]

    def alerts(self) -> list[tuple[str, str, int, int, int, dt.datetime]]:
        """Return each share that a budget has reached: budget, period, amount, percent, consumed, when."""
        rows = self._connection.execute(
            "select budget_id, period, amount, share, consumed, reached_at from alerts order by reached_at, share"
        )
        return [
            (budget_id, period, amount, share, consumed, _moment(reached_at))
            for budget_id, period, amount, share, consumed, reached_at in rows
        ]

    def release(self, kind: str, value: str, *, by: str, reason: str) -> list[Event]:
        """End what is decided about a consumer; what it has used until now counts towards no limit any more.

        Returns:
            What happened, for the log of events; empty when nothing was decided about it.
        """
        now = self._clock()
        events = []
        with self._transaction():
            for decision in self.decisions():
                if (decision.kind, decision.value) == (kind, folded(value)):
                    events.append(self._end(decision, now, now, by, reason, "released"))
        return events

    # Inside a transaction

    def _refuse_held(self, caller: Caller, now: dt.datetime) -> None:
        active = self._connection.execute(
            "select decision_id, limit_id, kind, value, action, throttle_per_minute, expires_at, observed, allowed "
            "from decisions where ended_at is null and expires_at > ? and action <> 'notify' "
            "order by action, decision_id",
            [now.timestamp()],
        ).fetchall()
        consumers = set(caller.consumers())
        for decision_id, limit_id, kind, value, action, per_minute, expires, observed, allowed in active:
            if (kind, value) not in consumers:
                continue
            until = f"{_moment(expires):%Y-%m-%d %H:%M} UTC"
            found = (
                f"{kind} '{value}' {'suspended' if action == 'suspend' else 'throttled'} until {until} by {limit_id}"
            )
            cure = f"Stop what calls in a loop; to end this earlier: `tieout gateway release {kind} {value}`."
            if action == "suspend":
                raise CallRefused(
                    "suspended",
                    403,
                    found=f"{found} ({observed} in its window, {allowed} allowed)",
                    expected="a consumer that keeps to what it is used to",
                    cure=cure,
                )
            minute = int(now.timestamp()) // 60
            row = self._connection.execute(
                "select calls from admissions where decision_id = ? and minute = ?", [decision_id, minute]
            ).fetchone()
            if row is not None and row[0] >= per_minute:
                raise CallRefused(
                    "throttled",
                    429,
                    found=f"{found}, and {row[0]} calls in this minute",
                    expected=f"at most {per_minute} calls a minute",
                    cure=cure,
                    retry_after=60 - int(now.timestamp()) % 60,
                )
            self._connection.execute(
                "insert into admissions values (?, ?, 1) on conflict do update set calls = calls + 1",
                [decision_id, minute],
            )

    def _refuse_over_budget(
        self, budget: Budget, rules: RulesOfDay, reserve: Mapping[str, int | None], now: dt.datetime
    ) -> int:
        quantity = reserve.get(budget.unit)
        name = f"budget {budget.budget_id} of {budget.kind} '{budget.value}'"
        if quantity is None:
            raise CallRefused(
                "cannot_be_bounded",
                400,
                found="a call whose most expensive outcome is not known"
                if budget.unit == "tokens"
                else f"a call of a model without prices in {budget.unit.partition(':')[2]}",
                expected=f"calls that {name} can be kept to",
                cure="Use a chat, completion, messages, responses or embedding call of a model in ai_token_prices.csv, "
                "or have Finance give the budget at_cap notify.",
            )
        standing = self._standing(budget, rules)
        left = budget.amount - standing.consumed
        if left <= 0 or standing.reserved + quantity > left:
            raise CallRefused(
                "budget_reached",
                429,
                found=f"{name}: {shown(standing.consumed, budget.unit)} used and "
                f"{shown(standing.reserved, budget.unit)} reserved of {shown(budget.amount, budget.unit)}, "
                f"and a call of up to {shown(quantity, budget.unit)}",
                expected="a call that the budget can bear",
                cure="Bound the answer (max_tokens), shorten the input, or have Finance raise the budget.",
                retry_after=5 if 0 < left >= quantity else None,
            )
        return quantity

    def _standing(self, budget: Budget, rules: RulesOfDay) -> Standing:
        first, last = budget.span(rules.day)

        def held(table: str, unit: str) -> int:
            found = self._connection.execute(
                f"select coalesce(sum(quantity), 0) from {table} "  # noqa: S608 - one of two names of its own
                "where kind = ? and value = ? and unit = ? and day between ? and ?",
                [budget.kind, budget.value, unit, first, last],
            ).fetchone()
            return int(found[0])

        def used(unit: str) -> int:
            return held("consumption", unit) + sum(
                quantity
                for kind, value, other, day, quantity in rules.elsewhere
                if (kind, value, other) == (budget.kind, budget.value, unit) and first <= day <= last
            )

        currency = budget.unit.partition(":")[2]
        unpriced = used(f"{UNPRICED}{currency}") if currency else 0
        return Standing(budget, first, used(budget.unit), held("holds", budget.unit), unpriced)

    def _count(self, kind: str, value: str, day: str, minute: int, used: Mapping[str, int]) -> None:
        for unit, quantity in used.items():
            if quantity:
                self._add("consumption", kind, value, unit, day, quantity)
                if not unit.startswith((MONEY, UNPRICED)):
                    self._add("minutes", kind, value, unit, minute, quantity)

    def _add(self, table: str, kind: str, value: str, unit: str, at: str | int, quantity: int) -> None:
        self._connection.execute(
            f"insert into {table} values (?, ?, ?, ?, ?) "  # noqa: S608 - one of two names of its own
            "on conflict do update set quantity = quantity + excluded.quantity",
            [kind, value, unit, at, quantity],
        )

    def _alerts(self, standing: Standing, now: dt.datetime) -> list[Event]:
        events = []
        budget = standing.budget
        for share in ALERT_SHARES:
            if standing.consumed * 100 < budget.amount * share:
                break
            added = self._connection.execute(
                "insert or ignore into alerts values (?, ?, ?, ?, ?, ?)",
                [budget.budget_id, standing.first_day, budget.amount, share, standing.consumed, now.timestamp()],
            )
            if added.rowcount:
                events.append(
                    self._event(
                        now,
                        f"budget_{share}_percent",
                        budget.kind,
                        budget.value,
                        policy_id=budget.budget_id,
                        unit=budget.unit,
                        observed=standing.consumed,
                        allowed=budget.amount,
                    )
                )
        return events

    def _judge(self, limit: Limit, value: str, now: dt.datetime) -> list[Event]:
        last = self._connection.execute(
            "select ended_at, expires_at from decisions where limit_id = ? and value = ? "
            "order by began_at desc, decision_id limit 1",
            [limit.limit_id, value],
        ).fetchone()
        counts_from = int(now.timestamp()) // 60 - limit.window_minutes + 1
        if last is not None:
            ended = last[0] if last[0] is not None else last[1]
            if ended > now.timestamp():
                return []
            counts_from = max(counts_from, int(ended) // 60 + 1)
        observed = self._connection.execute(
            "select coalesce(sum(quantity), 0) from minutes where kind = ? and value = ? and unit = ? and minute >= ?",
            [limit.kind, value, limit.unit, counts_from],
        ).fetchone()[0]
        if observed <= min(limit.minimum, limit.new_consumer_allowance):
            return []
        baseline = self._baseline(limit, value, now)
        allowed = limit.allowed(baseline)
        if observed <= allowed:
            return []
        decision_id = uuid.uuid4().hex
        expires = now.timestamp() + limit.expires_after_minutes * 60
        self._connection.execute(
            "insert into decisions values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, null, null)",
            [
                decision_id,
                limit.limit_id,
                limit.kind,
                value,
                limit.action,
                limit.throttle_per_minute,
                now.timestamp(),
                expires,
                observed,
                baseline,
                allowed,
            ],
        )
        return [
            self._event(
                now,
                {"notify": "limit_noticed", "throttle": "throttled", "suspend": "suspended"}[limit.action],
                limit.kind,
                value,
                policy_id=limit.limit_id,
                unit=limit.unit,
                observed=observed,
                baseline=baseline,
                allowed=allowed,
                decision_id=decision_id,
                expires_at=_iso(_moment(expires)),
            )
        ]

    def _baseline(self, limit: Limit, value: str, now: dt.datetime) -> int | None:
        """Return what a consumer uses in a window when it uses anything: the mean of the windows of complete days.

        Windows follow each other from midnight UTC on; those without use do not count, nor does today. None for a
        consumer that was there on too few of the days. Worked out once a day.
        """
        day = _day(now)
        known = self._connection.execute(
            "select quantity from baselines where limit_id = ? and value = ? and day = ?", [limit.limit_id, value, day]
        ).fetchone()
        if known is not None:
            return None if known[0] is None else int(known[0])
        today = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
        last = int(today.timestamp()) // 60
        first = int((today - dt.timedelta(days=limit.baseline_days)).timestamp()) // 60
        total, windows, days = self._connection.execute(
            "select coalesce(sum(quantity), 0), count(distinct minute / 1440 * 1440 + minute % 1440 / ?), "
            "count(distinct minute / 1440) from minutes "
            "where kind = ? and value = ? and unit = ? and minute >= ? and minute < ?",
            [limit.window_minutes, limit.kind, value, limit.unit, first, last],
        ).fetchone()
        baseline = total // windows if days >= min(MINIMUM_BASELINE_DAYS, limit.baseline_days) else None
        self._connection.execute(
            "insert or replace into baselines values (?, ?, ?, ?)", [limit.limit_id, value, day, baseline]
        )
        return baseline

    def _end_expired(self, now: dt.datetime) -> list[Event]:
        rows = self._connection.execute(
            "select decision_id from decisions where ended_at is null and expires_at <= ?", [now.timestamp()]
        ).fetchall()
        expired = {row[0] for row in rows}
        return [
            self._end(decision, decision.expires_at, now, None, "its time is over", "expired")
            for decision in (self.decisions(only_active=False) if expired else ())
            if decision.decision_id in expired
        ]

    def _end(
        self, decision: Decision, ended_at: dt.datetime, now: dt.datetime, by: str | None, reason: str, event: str
    ) -> Event:
        self._connection.execute(
            "update decisions set ended_at = ?, ended_by = ?, reason = ? where decision_id = ?",
            [ended_at.timestamp(), by, reason, decision.decision_id],
        )
        return self._event(
            now,
            event,
            decision.kind,
            decision.value,
            policy_id=decision.limit_id,
            observed=decision.observed,
            baseline=decision.baseline,
            allowed=decision.allowed,
            decision_id=decision.decision_id,
            by=by,
            detail=reason,
        )

    def _event(self, now: dt.datetime, event: str, kind: str, value: str, **more: object) -> Event:
        if str(more.get("unit", "")).startswith("money:"):
            more |= {name: in_currency(more[name]) for name in ("observed", "allowed") if name in more}
        return {"event_id": uuid.uuid4().hex, "time": _iso(now), "event": event, "kind": kind, "value": value, **more}

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def _make(self, usage_files: Iterable[Path], rules: Rules | None) -> None:
        self._connection.execute("begin exclusive")
        try:
            for statement in _SCHEMA.split(";"):
                self._connection.execute(statement)
            made = self._connection.execute("select 1 from settings where name = 'made_at'").fetchone()
            if made is None:
                for path in usage_files:
                    self._count_again(path, rules)
                self._connection.execute("insert into settings values ('made_at', ?)", [_iso(self._clock())])
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def _count_again(self, path: Path, rules: Rules | None) -> None:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                try:
                    at = dt.datetime.fromisoformat(row["time"])
                    tokens = {name: int(row[f"{name}_tokens"] or 0) for name in TOKEN_CLASSES}
                    requests = int(row["requests"] or 1)
                except (TypeError, ValueError, KeyError):
                    continue  # the end of a file that is being written
                day = rules.on(at.date()) if rules is not None else None
                used = used_by(provider_of(row["provider"]), row["model"], tokens, day, requests=requests)
                caller = Caller(
                    key=row["key_id"],
                    team=row["team"],
                    workflow=row["workflow"],
                    use_case=row["use_case"],
                    product=row["product"],
                    cost_centre=row["cost_centre"],
                )
                for kind, value in caller.consumers():
                    self._count(kind, value, _day(at), int(at.timestamp()) // 60, used)


def used_by(
    provider: str, model: str, tokens: Mapping[str, int], rules: RulesOfDay | None, *, requests: int = 1
) -> dict[str, int]:
    """Return what a call counts as, by unit: money in each currency of a budget, else tokens without a price."""
    used = {"tokens": sum(tokens.values()), "requests": requests}
    for currency in rules.currencies if rules is not None else ():
        prices = rules.prices_of(provider, model, currency) if rules is not None else None
        if prices is not None:
            used[f"{MONEY}{currency}"] = cost(tokens, prices)
        else:
            used[f"{UNPRICED}{currency}"] = used["tokens"]
    return used


def in_currency(billionths: object) -> Decimal:
    """Return an amount of billionths in units of its currency, exactly."""
    return Decimal(str(billionths)).scaleb(-9)


def shown(quantity: int, unit: str) -> str:
    """Return a quantity of a unit in words."""
    if unit.startswith("money:"):
        return f"{in_currency(quantity):,.4f} {unit.partition(':')[2]}"
    return f"{quantity:,} {unit}"


def _day(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).date().isoformat()


def _moment(timestamp: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(timestamp, dt.UTC)


def _iso(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

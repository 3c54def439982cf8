"""The LiteLLM plug-in: ``litellm_settings: {callbacks: orchestration.gateway.plugin.handler}``.

Before a call it asks whose the call is, whether anything forbids it, and whether its budgets can bear the most it can
use; after it, it counts what was used. It never looks at what is asked or answered, other than how long the question
is, and never writes it down; of keys it knows hashes.
"""

from __future__ import annotations

import asyncio
import atexit
import datetime as dt
import logging
import os
import sqlite3
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from fastapi import HTTPException
from litellm.integrations.custom_logger import CustomLogger

from orchestration.gateway.calls import (
    Bound,
    Caller,
    CallRefused,
    bound_of,
    caller_of,
    identified,
    key_hash,
    provider_of,
    tokens_of,
)
from orchestration.gateway.folder import GatewayFolder
from orchestration.gateway.rotating_log import (
    EVENT_COLUMNS,
    EVENTS,
    USAGE,
    USAGE_COLUMNS,
    RotatingLog,
    finish_left,
)
from orchestration.gateway.rules import REMEMBERED_MODELS, Rules, RulesOfDay, cost, read_rules
from orchestration.gateway.state import Clock, Event, State, used_by

WITHOUT_RULES = "TIEOUT_GATEWAY_WITHOUT_RULES"
"""``open`` lets calls through while there have been no rules yet; anything else refuses them."""

_LOG = logging.getLogger("tieout.gateway")
_REMEMBERED_CALLS = 20_000
_NO_MODEL_IS_CALLED = ("mcp", "vector_store", "create_file", "retrieve", "list")
"""Parts of the names of call types that look things up, or use a tool."""
_BACKLOG = 10_000
_Result = TypeVar("_Result")


class Gateway(CustomLogger):  # type: ignore[misc] # LiteLLM is not installed where the types are checked
    """Tieout's callbacks.

    Args:
        folder: where Tieout and the gateway meet; None for what the environment names.
        rotate_seconds: how old a file of usage becomes before it is finished.
        reload_seconds: how often the rules are looked at.
        clock: the time, UTC; for tests.
    """

    def __init__(
        self,
        folder: GatewayFolder | None = None,
        *,
        rotate_seconds: float | None = None,
        reload_seconds: float = 1,
        clock: Clock = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        super().__init__()
        self._folder = folder or GatewayFolder.of_environment()
        self._rotate_seconds = rotate_seconds or float(os.environ.get("TIEOUT_GATEWAY_ROTATE_SECONDS", "300"))
        self._reload_seconds = reload_seconds
        self._clock = clock
        self._usage = RotatingLog(USAGE, USAGE_COLUMNS, self._folder.open, self._folder.usage)
        self._events = RotatingLog(EVENTS, EVENT_COLUMNS, self._folder.open, self._folder.events)
        self._backlog: deque[tuple[RotatingLog, str, Mapping[str, object]]] = deque(maxlen=_BACKLOG)
        self._state: State | None = None
        self._state_identity: tuple[int, int] | None = None
        self._rules: Rules | None = None
        self._rules_tag: tuple[int, int] | None = None
        self._rules_problem = "not read yet"
        self._of_day: RulesOfDay | None = None
        self._callers: dict[str, Caller] = {}
        self._deployments: dict[str, tuple[tuple[str, str], ...]] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tieout-gateway")
        self._stopping = threading.Event()
        self._started = False
        self._starting = threading.Lock()

    # LiteLLM's hooks

    async def async_pre_call_hook(self, user_api_key_dict: Any, cache: Any, data: Any, call_type: str) -> Any:
        """Let a call pass, or refuse it with an HTTP error that says what was found, expected, and the cure."""
        self._start()
        kind = str(getattr(call_type, "value", call_type))
        if not isinstance(data, dict) or any(word in kind for word in _NO_MODEL_IS_CALLED):
            return data
        call_id = _call_id(data)
        try:
            return await self._admit(call_id, user_api_key_dict, data, kind)
        except CallRefused as refusal:
            self._callers.pop(call_id, None)
            _LOG.info("Tieout gateway: refused a call: %s", refusal.code)
            headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else None
            raise HTTPException(status_code=refusal.status, detail=refusal.detail(), headers=headers) from None

    async def async_log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """Count and write down what an answered call has used."""
        await self._log(kwargs, response_obj, start_time, is_error=False)

    async def async_log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """Count and write down an attempt that failed at the provider; another may follow on the same reservation."""
        payload = kwargs.get("standard_logging_object") or {}
        if kwargs.get("litellm_call_id") in self._callers and payload.get("model"):
            await self._log(kwargs, response_obj, start_time, is_error=True)

    async def async_post_call_failure_hook(
        self, request_data: Any, original_exception: Any, user_api_key_dict: Any, traceback_str: str | None = None
    ) -> None:
        """Give back what a call has reserved that came to nothing."""
        call_id = request_data.get("litellm_call_id")
        if call_id in self._callers:
            await self._in_thread(lambda: self._settled(lambda: self._opened().give_back(call_id)))

    # Before a call

    async def _admit(self, call_id: str, key: Any, data: dict[str, Any], call_type: str) -> dict[str, Any]:
        rules = self._today()
        caller = caller_of(key, data)
        if rules is None or rules.settings is None:
            problem = self._rules_problem if rules is None else f"no row of ai_gateway.csv in force on {rules.day}"
            if os.environ.get(WITHOUT_RULES) != "open":
                raise _unreadable(str(self._folder.rules_file), problem)
            self._remember(call_id, caller)
            return data
        identifier = identified(caller, rules)
        if identifier.product and not caller.product:
            caller = replace(caller, product=identifier.product)
        self._remember(call_id, caller)
        budgets = [
            budget for consumer in caller.consumers() for budget in rules.budgets_of.get(consumer, ()) if budget.has_cap
        ]
        if not budgets and not rules.limits:
            return data
        reserve: dict[str, int | None] = {}
        if budgets:
            bound = bound_of(call_type, data, rules.settings)
            if bound is not None and bound.impose is not None:
                data[bound.impose[0]] = bound.impose[1]
            reserve = {
                unit: self._most(bound, unit, str(data.get("model") or ""), rules) for unit in {b.unit for b in budgets}
            }
        settings = rules.settings
        try:
            await self._in_thread(
                lambda: self._opened().admit(call_id, caller, rules, reserve, hold_minutes=settings.hold_minutes)
            )
        except (sqlite3.Error, OSError) as error:
            self._forget_state()
            _LOG.error("Tieout gateway: the state cannot be read: %s", error)
            if settings.when_unreadable != "open":
                raise _unreadable(str(self._folder.state_file), str(error)) from None
        return data

    def _remember(self, call_id: str, caller: Caller) -> None:
        self._callers[call_id] = caller
        while len(self._callers) > _REMEMBERED_CALLS:
            self._callers.pop(next(iter(self._callers)))

    def _most(self, bound: Bound | None, unit: str, model: str, rules: RulesOfDay) -> int | None:
        """Return the most that a call can use in a unit of a budget."""
        if bound is None:
            return None
        if unit == "tokens":
            return bound.tokens
        most = 0
        for provider, name in self._deployed(model):
            prices = rules.prices_of(provider, name, unit.partition(":")[2])
            if prices is None:
                return None
            input_price = max(prices.get(kind, prices["input"]) for kind in ("input", "cached", "cache_write"))
            output_price = max(prices["output"], prices.get("reasoning", prices["output"]))
            tokens = {"input": bound.input_tokens, "output": bound.output_tokens}
            most = max(most, cost(tokens, {"input": input_price, "output": output_price}))
        return most

    def _deployed(self, model: str) -> tuple[tuple[str, str], ...]:
        """Return provider and name of what a model of the proxy can be answered by."""
        found = self._deployments.get(model)
        if found is None:
            import litellm
            from litellm.proxy import proxy_server

            router = proxy_server.llm_router
            named = [
                str(deployment["litellm_params"]["model"])
                for deployment in (router.get_model_list(model_name=model) if router is not None else None) or []
            ]
            pairs = set()
            for name in named or [model]:
                try:
                    plain, provider, _, _ = litellm.get_llm_provider(model=name)
                except Exception:  # a name that LiteLLM knows no provider of has no price either
                    plain, provider = name, ""
                pairs.add((provider_of(provider), plain))
            if len(self._deployments) >= REMEMBERED_MODELS:
                self._deployments.clear()  # a caller can make up any number of names
            found = self._deployments[model] = tuple(sorted(pairs))
        return found

    # After a call

    async def _log(self, kwargs: Any, response: Any, start_time: Any, *, is_error: bool) -> None:
        self._start()
        payload: Mapping[str, Any] = kwargs.get("standard_logging_object") or {}
        call_id = str(kwargs.get("litellm_call_id") or payload.get("litellm_call_id") or "")
        caller = self._callers.get(call_id) or _caller_of_payload(payload)
        is_cached = bool(payload.get("cache_hit"))
        metadata: Mapping[str, Any] = payload.get("metadata") or {}
        usage = metadata.get("usage_object") or getattr(response, "usage", None) or payload
        tokens = tokens_of({} if is_cached else usage)
        road = str(payload.get("custom_llm_provider") or kwargs.get("custom_llm_provider") or "")
        model = str(payload.get("model") or kwargs.get("model") or "").removeprefix(f"{road}/")
        # LiteLLM does not say it of a stream that is passed through
        provider = provider_of(road) if road else self._deployed(model)[0][0]
        started = _moment(payload.get("startTime"), start_time, self._clock)
        request_id = str(payload.get("id") or call_id)
        if is_error or is_cached:
            request_id = f"{call_id or request_id}-{int(started.timestamp() * 1_000_000)}"
        row = {
            "time": started.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "provider": provider,
            "model": model,
            "key_id": caller.key,
            "team": caller.team,
            "cost_centre": caller.cost_centre,
            "workflow": caller.workflow,
            "use_case": caller.use_case,
            "product": caller.product,
            **{f"{kind}_tokens": count for kind, count in tokens.items()},
            "requests": 1,
            "is_batch": "true" if "batch" in str(payload.get("call_type") or "") else "false",
            "status": "failure" if is_error else "cached" if is_cached else "success",
            "gateway_spend": _plain(payload.get("response_cost")),
            "request_id": request_id,
        }
        used = used_by(provider, model, tokens, self._today())
        await self._in_thread(lambda: self._count(call_id, caller, used, row, is_final=not is_error))

    def _count(
        self, call_id: str, caller: Caller, used: Mapping[str, int], row: Mapping[str, object], *, is_final: bool
    ) -> None:
        rules = self._today()
        with suppress(sqlite3.Error, OSError):
            self._opened()  # before the row is written, so that a new state does not count it twice
        self._write(self._usage, row)
        if rules is not None:
            self._settled(lambda: self._opened().settle(call_id, caller, rules, used, is_final=is_final))

    def _settled(self, work: Callable[[], list[Event] | None]) -> None:
        try:
            for event in work() or ():
                self._write(self._events, event)
        except (sqlite3.Error, OSError) as error:
            self._forget_state()
            _LOG.error("Tieout gateway: a call could not be settled: %s", error)

    def _write(self, log: RotatingLog, row: Mapping[str, object]) -> None:
        try:
            log.append(str(row["time"])[:7], row)
        except OSError as error:
            self._backlog.append((log, str(row["time"])[:7], row))
            _LOG.error("Tieout gateway: a row could not be written, and is kept in memory: %s", error)

    # What both need

    def _today(self) -> RulesOfDay | None:
        day = self._clock().astimezone(dt.UTC).date()
        if self._rules is not None and (self._of_day is None or self._of_day.day != day.isoformat()):
            self._of_day = self._rules.on(day)
        return self._of_day

    def _read_rules(self) -> None:
        path = self._folder.rules_file
        try:
            stat = path.stat()
            if self._rules_tag != (stat.st_ino, stat.st_mtime_ns):
                self._rules = read_rules(path)
                self._rules_tag = (stat.st_ino, stat.st_mtime_ns)
                self._of_day = None
                self._deployments.clear()
        except (OSError, ValueError) as error:
            # rules that were read once stay in force: a file that is being moved is no reason to stop
            self._rules_problem = str(error)

    def _opened(self) -> State:
        """Return the state; opened again where the file was replaced. In the plug-in's thread only."""
        path = self._folder.state_file
        if self._state is not None:
            try:
                stat = path.stat()
            except FileNotFoundError:
                stat = None
            if stat is None or (stat.st_dev, stat.st_ino) != self._state_identity:
                self._forget_state()
        if self._state is None:
            files = [
                *sorted(self._folder.usage.glob(f"{USAGE}-*.csv")),
                *sorted(self._folder.open.glob(f"{USAGE}-*.csv")),
            ]
            self._state = State(path, usage_files=files, rules=self._rules, clock=self._clock)
            stat = path.stat()
            self._state_identity = (stat.st_dev, stat.st_ino)
        return self._state

    def _forget_state(self) -> None:
        state, self._state = self._state, None
        if state is not None:
            state.close()

    async def _in_thread(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    # The thread that looks after files and rules

    def _start(self) -> None:
        if self._started:
            return
        with self._starting:
            if not self._started:
                self._folder.make()
                self._read_rules()
                threading.Thread(target=self._look_after, name="tieout-gateway-files", daemon=True).start()
                atexit.register(self.stop)
                self._started = True

    def _look_after(self) -> None:
        rotated = tidied = self._clock().timestamp()
        self._finish_left()
        while not self._stopping.wait(self._reload_seconds):
            self._read_rules()
            now = self._clock().timestamp()
            try:
                while self._backlog:
                    log, month, row = self._backlog[0]
                    log.append(month, row)
                    self._backlog.popleft()
                self._usage.flush()
                self._events.flush()
                if now - rotated >= self._rotate_seconds:
                    rotated = now
                    self._usage.rotate()
                    self._events.rotate()
                    self._finish_left()
            except OSError as error:
                _LOG.error("Tieout gateway: files cannot be written: %s", error)
            if now - tidied >= 60:
                tidied = now
                self._thread.submit(self._tidy)

    def _tidy(self) -> None:
        rules = self._today()
        if rules is not None:
            self._settled(lambda: self._opened().tidy(rules))

    def _finish_left(self) -> None:
        finish_left(USAGE, self._folder.open, self._folder.usage)
        finish_left(EVENTS, self._folder.open, self._folder.events)

    def stop(self) -> None:
        """Finish the files; for the end of the process."""
        self._stopping.set()
        self._thread.shutdown(wait=True)
        self._usage.rotate()
        self._events.rotate()
        self._forget_state()


def _unreadable(where: str, problem: str) -> CallRefused:
    return CallRefused(
        "gateway_unreadable",
        503,
        found=f"{where}, which cannot be used ({problem})",
        expected="rules that `tieout gateway publish` wrote, and a state that can be read",
        cure="Publish the policy, and have whoever runs the gateway look at the folder.",
        retry_after=30,
    )


def _call_id(data: dict[str, Any]) -> str:
    """Return a call's identity.

    What is passed through has none in its data: they are what the provider will be sent, where nothing may be added.
    """
    found = data.get("litellm_call_id") or getattr(data.get("litellm_logging_obj"), "litellm_call_id", None)
    return str(found or data.setdefault("litellm_call_id", uuid.uuid4().hex))


def _caller_of_payload(payload: Mapping[str, Any]) -> Caller:
    """Return who made a call that the proxy logs without having asked before it (passed through, or a batch)."""
    metadata: Mapping[str, Any] = payload.get("metadata") or {}
    requester = metadata.get("requester_metadata")
    said = caller_of(None, {"metadata": {**(requester if isinstance(requester, Mapping) else {})}})
    secret = str(metadata.get("user_api_key_hash") or "")
    team = str(metadata.get("user_api_key_team_alias") or metadata.get("user_api_key_team_id") or said.team)
    return replace(said, key=key_hash(secret), team=team, stated_in=None)


def _moment(timestamp: Any, moment: Any, clock: Clock) -> dt.datetime:
    if isinstance(timestamp, int | float) and timestamp > 0:
        return dt.datetime.fromtimestamp(timestamp, dt.UTC)
    if isinstance(moment, dt.datetime):
        return moment.astimezone(dt.UTC)
    return clock().astimezone(dt.UTC)


def _plain(amount: Any) -> str:
    return format(amount, ".12f") if isinstance(amount, int | float) and not isinstance(amount, bool) else ""


handler = Gateway()
"""What LiteLLM's ``callbacks`` names."""

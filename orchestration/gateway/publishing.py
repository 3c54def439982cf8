"""Publishes policy to the gateway: what its plug-in needs to know of it, in one small file."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.estate import Estate
from orchestration.gateway.calls import TOKEN_CLASSES
from orchestration.gateway.folder import GatewayFolder
from orchestration.gateway.rules import (
    BILLIONTH,
    Budget,
    Identifier,
    Limit,
    ModelName,
    Price,
    Rules,
    RulesOfDay,
    Settings,
    folded,
    read_rules,
)
from orchestration.gateway.state import MONEY, UNPRICED, used_by
from orchestration.home import Home
from orchestration.landing.receipts import replace_text
from orchestration.policy import Policy
from orchestration.policy.csv_file import read_csv
from orchestration.policy.model import PROJECT_SEEDS
from orchestration.policy.tables import Row
from orchestration.warehouse.connection import connect, warehouse_lock

Used = tuple[str, str, str, str, int]
"""Kind, value, unit, day and quantity."""
CONSUMERS = ("team", "workflow", "product")
"""What budgets are of."""

FIRST_DAY, OPEN_END = "0001-01-01", "9999-12-31"


def gateway_folder(home: Home) -> GatewayFolder:
    """Return the gateway's folder of a home."""
    return GatewayFolder(home.gateway)


def publish_rules(home: Home, policy: Policy, estate: Estate | None, now: dt.datetime) -> Rules:
    """Write what the gateway needs of a policy; the file is replaced at once.

    Args:
        home: whose gateway it is.
        policy: the estate's.
        estate: for what budgets' periods hold that did not pass this gateway; None leaves it out.
        now: the time, UTC.

    Raises:
        ConfigurationError: no row of ``ai_gateway.csv`` is in force.
    """
    if not any(row.in_force(now.date()) for row in policy.ai_gateway):
        raise ConfigurationError(
            policy.file("ai_gateway"),
            found=f"no row in force on {now.date()}",
            expected="one that says how the gateway behaves",
            cure="Add a row: when_state_unreadable open or closed, and what is reserved for calls without a bound.",
        )
    folder = gateway_folder(home)
    rules = rules_of(policy, now)
    elsewhere = used_elsewhere(home, estate, policy, rules, now) if estate is not None else ()
    rules = replace(rules, elsewhere=_published_elsewhere(folder) if elsewhere is None else elsewhere)
    folder.make()
    replace_text(folder.rules_file, rules.text())
    return rules


def rules_of(policy: Policy, now: dt.datetime) -> Rules:
    """Return what the gateway needs of a policy; rows that ended before the month are left out."""
    first = now.date().replace(day=1)

    def current(table: str) -> list[Row]:
        return [row for row in policy.rows.get(table, []) if row.validity[1] > first]

    return Rules(
        policy_revision=policy.revision,
        published_at=now.astimezone(dt.UTC).isoformat(timespec="seconds"),
        settings=tuple(
            Settings(
                when_unreadable="open" if row.when_state_unreadable == "open" else "closed",
                output_tokens=row.output_tokens,
                attachment_tokens=row.attachment_tokens,
                hold_minutes=row.hold_minutes,
                **_dates(row),
            )
            for row in policy.ai_gateway
            if row.validity[1] > first
        ),
        identifiers=_identifiers(policy, first),
        budgets=tuple(
            Budget(
                budget_id=row.budget_id,
                kind=row.kind,
                value=folded(row.value),
                unit="tokens" if row.unit == "tokens" else f"{MONEY}{row.currency}",
                amount=int(row.amount if row.unit == "tokens" else row.amount * BILLIONTH),
                period=row.period,
                has_cap=row.at_cap == "refuse",
                **_dates(row),
            )
            for row in policy.ai_budgets
            if row.validity[1] > first
        ),
        limits=tuple(
            Limit(
                limit_id=row.limit_id,
                kind=row.kind,
                value=folded(row.value),
                unit=row.unit,
                window_minutes=row.window_minutes,
                factor=str(row.factor),
                baseline_days=row.baseline_days,
                minimum=row.minimum,
                new_consumer_allowance=row.new_consumer_allowance,
                action=row.action,
                throttle_per_minute=row.throttle_per_minute or 0,
                expires_after_minutes=row.expires_after_minutes,
                **_dates(row),
            )
            for row in policy.ai_limits
            if row.validity[1] > first
        ),
        prices=tuple(
            Price(
                provider=folded(_cell(row, "provider")),
                model=folded(_cell(row, "model")),
                token_class=_cell(row, "token_class"),
                price_per_million=_cell(row, "price_per_million"),
                currency=_cell(row, "currency"),
                **_dates(row),
            )
            for row in current("ai_token_prices")
        ),
        model_names=_model_names(current("ai_models")),
    )


def _identifiers(policy: Policy, first: dt.date) -> tuple[Identifier, ...]:
    """Return domains by id and by cost centre, and what ai_consumers says an owner of."""
    found: list[Identifier] = []
    products: dict[str, set[str]] = {}
    domains = [row for row in policy.cost_domains if row.validity[1] > first]
    for row in domains:
        products.setdefault(folded(row.cost_centre), set()).add(folded(row.product))
    for row in domains:
        shared = products[folded(row.cost_centre)]
        found.append(
            Identifier(
                kind="cost_centre",
                value=folded(row.cost_centre),
                product=next(iter(shared)) if len(shared) == 1 else "",
                **_dates(row),
            )
        )
        found.append(
            Identifier(kind="cost_centre", value=folded(row.domain_id), product=folded(row.product), **_dates(row))
        )
    for consumer in policy.rows.get("ai_consumers", []):
        value = folded(getattr(consumer, "value", None))
        if value and consumer.validity[1] > first:
            found.append(Identifier(kind=_cell(consumer, "kind"), value=value, **_dates(consumer)))
    return tuple(dict.fromkeys(found))


def _model_names(rows: list[Row]) -> tuple[ModelName, ...]:
    """Return the patterns of model names: the policy's before the reference's, each in their order of precedence."""
    named = [
        (0, int(_cell(row, "precedence")), _cell(row, "pattern_id"), _pattern(row.model_dump(), _dates(row)))
        for row in rows
        if _cell(row, "reads") == "model"
    ]
    reference = PROJECT_SEEDS / "reference" / "ai_model_patterns.csv"
    if reference.exists():
        file = read_csv(reference)
        always = {"valid_from": FIRST_DAY, "valid_to": OPEN_END}
        for _, texts in file.rows:
            cells = dict(zip(file.header, texts, strict=True))
            if cells["reads"] == "model":
                named.append((1, int(cells["precedence"]), cells["pattern_id"], _pattern(cells, always)))
    return tuple(pattern for _, _, _, pattern in sorted(named, key=lambda item: item[:3]))


def _pattern(cells: Mapping[str, object], dates: dict[str, str]) -> ModelName:
    return ModelName(
        only_provider=folded(cells.get("service_provider")),
        pattern=str(cells["name_pattern"]),
        provider=folded(cells.get("provider")),
        model=str(cells["model"]),
        **dates,
    )


def used_elsewhere(
    home: Home, estate: Estate, policy: Policy, rules: Rules, now: dt.datetime
) -> tuple[Used, ...] | None:
    """Return what sources that are not this gateway's files have of budgets' consumers this month, as last built.

    Tokens, and for budgets in money what they are worth at the prices of the day, or how many of them have none.
    Empty before anything was built; None while a run has the warehouse.
    """
    folder = str(gateway_folder(home).usage.resolve())
    own = [source.id for source in estate.sources if source.location == folder]
    if not rules.budgets or not home.warehouse_file.exists() or len(own) == len(estate.sources):
        return ()
    try:
        with warehouse_lock(home, wait_seconds=0), connect(home, read_only=True) as connection:
            rows = _usage(connection, f"{now:%Y-%m}", own)
    except ConfigurationError:
        return None
    return _counted(rows, rules, _of_batches(rules, policy))


def _counted(rows: Iterable[tuple[Any, ...]], rules: Rules, of_batches: Rules) -> tuple[Used, ...]:
    """Return usage as budgets count it."""
    budgeted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for budget in rules.budgets:
        units = {budget.unit, budget.unit.replace(MONEY, UNPRICED)}
        budgeted[budget.kind, budget.value] |= units
    sums: dict[tuple[str, str, str, str], int] = defaultdict(int)
    days: dict[tuple[dt.date, bool], RulesOfDay] = {}
    for day, provider, model, is_batch, *named in rows:
        consumers, counts = named[: len(CONSUMERS)], named[len(CONSUMERS) :]
        if (day, is_batch) not in days:
            days[day, is_batch] = (of_batches if is_batch else rules).on(day)
        used: dict[str, int] | None = None
        for kind, value in zip(CONSUMERS, consumers, strict=True):
            units = budgeted.get((kind, value or ""), set())
            if units and used is None:
                tokens = dict(zip(TOKEN_CLASSES, map(int, counts), strict=True))
                used = used_by(provider or "", model or "", tokens, days[day, is_batch])
            for unit in units & (used or {}).keys():
                sums[kind, value, unit, day.isoformat()] += (used or {})[unit]
    return tuple((*key, quantity) for key, quantity in sorted(sums.items()) if quantity)


def _of_batches(rules: Rules, policy: Policy) -> Rules:
    """Return the rules with the prices of batches; where policy does not say how much less they are, it is nothing."""
    factors = {
        (folded(_cell(row, "provider")), folded(_cell(row, "model")), _cell(row, "token_class"), _cell(row, "currency"),
         row.validity[0].isoformat()): row.model_dump()["batch_factor"]
        for row in policy.rows.get("ai_token_prices", [])
    }  # fmt: skip

    def price(row: Price) -> Price:
        factor = factors.get((row.provider, row.model, row.token_class, row.currency, row.valid_from))
        amount = Decimal(row.price_per_million) * (1 if factor is None else factor)
        return replace(row, price_per_million=format(amount, "f"))

    return replace(rules, prices=tuple(price(row) for row in rules.prices))


def _published_elsewhere(folder: GatewayFolder) -> tuple[Used, ...]:
    try:
        return read_rules(folder.rules_file).elsewhere
    except (OSError, ValueError):
        return ()


def _usage(connection: duckdb.DuckDBPyConnection, billing_period: str, own: list[str]) -> list[tuple[Any, ...]]:
    """Return tokens of a month by day, provider, model, batch and consumers, in the order of their classes."""
    if not _has_usage(connection):
        return []
    consumers = ", ".join(f"lower(trim({kind})) as {kind}" for kind in CONSUMERS)
    sums = ", ".join(f"cast(sum(coalesce({name}_tokens, 0)) as hugeint) as {name}" for name in TOKEN_CLASSES)
    return connection.execute(
        f"""
        select usage_date, provider, model, coalesce(is_batch, false) as is_batch, {consumers}, {sums}
        from allocation.int_ai_usage
        where billing_period = $billing_period and not list_contains($own, source_id)
        group by all order by all
        """,  # noqa: S608 - names of its own
        {"billing_period": billing_period, "own": own},
    ).fetchall()


def _has_usage(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(
        connection.execute(
            "select 1 from information_schema.tables where table_schema = 'allocation' and table_name = 'int_ai_usage'"
        ).fetchall()
    )


def _cell(row: Row, column: str) -> str:
    value = getattr(row, column, None)
    return format(value, "f") if isinstance(value, Decimal) else str(value if value is not None else "")


def _dates(row: Row) -> dict[str, str]:
    begins, ends = row.validity
    return {"valid_from": begins.isoformat(), "valid_to": ends.isoformat()}

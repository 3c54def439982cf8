"""Runs the compiled models of the allocation engine on pools, drivers and charges given as Python values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa

ENGINE_MODELS = (
    "pool_divisions",
    "allocation_candidates",
    "allocation_weights",
    "int_pool_shares",
    "int_pool_chains",
    "allocation_shares",
    "fct_charge_splits",
    "fct_allocated_costs",
    "fct_consumer_shares",
)
CHAINS = ENGINE_MODELS.index("int_pool_chains")
CONSUMER_COSTS = (
    "{{ consumer_costs('ledger', 'shares', ['domain_id', 'pool_id', 'reason', 'identity_id', 'share_id']) }}"
)
NO_CHAINS = (
    "select '' as resolution, 0::bigint as membership_id, 0::bigint as via_membership_id, 0::bigint as share_id, "
    "'' as domain_id, '' as target_pool_id, 0::bigint as target_membership_id, '' as reason, "
    "0::double as share_of_arriving, 0::decimal(38, 18) as share_of_pool where false"
)
METRICS = ("billed_cost", "effective_cost", "list_cost", "contracted_cost")
DAY = date(2026, 8, 2)
MONTH = "2026-08"
MONEY = pa.decimal128(38, 12)
MISSING = object()
"""A target that the driver says nothing about; None is a target whose quantity is not known."""


@dataclass(frozen=True)
class Pool:
    """A pool on one day.

    Attributes:
        method: of the pool.
        targets: names of domains, or of the pools that it feeds (``pool-<position>``).
        quantities: the driver's, by target.
        fixed_shares: those of policy, by target.
        fallback: domain that bears what cannot be divided.
        floors: least parts, by target.
        caps: largest parts, by target.
        attempts: methods tried when the first cannot divide the pool; they have no driver.
        step: place in the order of step_down.
        unowned: what the driver measures of nobody.
        consumers: quantities of consumers within targets: target, number of the consumer (None: not known), quantity.

    """

    method: str
    targets: tuple[str, ...]
    quantities: tuple[object, ...] = ()
    fixed_shares: tuple[Decimal | None, ...] = ()
    fallback: str | None = None
    floors: tuple[Decimal | None, ...] = ()
    caps: tuple[Decimal | None, ...] = ()
    attempts: tuple[str, ...] = ()
    step: int | None = None
    unowned: Decimal | None = None
    consumers: tuple[tuple[str, int | None, Decimal | None], ...] = ()


@dataclass(frozen=True)
class Share:
    """One row of allocation_shares."""

    pool_id: str
    domain_id: str
    weight: Decimal | None
    share_from: float
    share_to: float
    reason: str | None
    limited_by: str | None = None
    attempt: int = 0


@dataclass(frozen=True)
class Split:
    """One row of fct_charge_splits."""

    charge_id: int
    domain_id: str
    share_from: float
    share_to: float
    reason: str | None
    amounts: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Consumed:
    """A part of a row of fct_allocated_costs: what one consumer is the reason of.

    Attributes:
        share: the ledger's row, as pool, owner and reason.
        via_pool_id: pool that the cost was handed to.
        amounts: the four costs.
    """

    share: tuple[str, str, str | None]
    via_pool_id: str | None
    consumer_id: int | None
    amounts: tuple[Decimal | None, ...]


def _numbers(pool: Pool) -> tuple[tuple[Decimal | None, ...], ...]:
    return (pool.fixed_shares, pool.floors, pool.caps)


class Engine:
    """The engine's models as tables of an in-memory database, whose upstream relations are filled by ``divide``."""

    def __init__(self, models: dict[str, str]) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("set threads = 2")
        self._connection.execute("attach ':memory:' as tieout")
        for schema in ("ownership", "allocation", "policy", "finance"):
            self._connection.execute(f"create schema tieout.{schema}")
        self._models = models
        self._per_resolution = CHAINS

    def _fill(self, relation: str, columns: dict[str, tuple[pa.DataType, Sequence[object]]]) -> None:
        names = list(columns)
        given = pa.table([pa.array(values, kind) for kind, values in columns.values()], names=names)
        self._connection.register("given", given)
        self._connection.execute(f"create or replace table tieout.{relation} as select * from given")
        self._connection.unregister("given")

    def divide(
        self,
        pools: list[Pool],
        charges: list[tuple[int, tuple[Decimal | None, ...]]],
        resolution: str = "reciprocal",
    ) -> tuple[list[Share], list[Split]]:
        """Divide ``charges`` (position of the pool, four costs) among the targets of ``pools``.

        The pool at position i is named ``pool-i``; the charge at position i has the id ``i * 8``.
        """
        self._fill_policy(pools)
        self._fill_charges(charges)
        self._decide(resolution)
        # all resolutions are worked out at once; only what consumers need besides is that of the one in force
        self._per_resolution = CHAINS if any(pool.consumers for pool in pools) else CHAINS + 1
        self._build(ENGINE_MODELS[: self._per_resolution])
        return self.resolve(resolution)

    def resolve(self, resolution: str) -> tuple[list[Share], list[Split]]:
        """Return the same pools and charges under another resolution of pools that feed pools."""
        self._decide(resolution)
        self._build(ENGINE_MODELS[self._per_resolution :])
        run = self._connection.execute
        shares = run(
            "select pool_id, domain_id, weight, share_from, share_to, reason, limited_by, attempt "
            "from tieout.allocation.allocation_shares order by pool_id, share_from"
        ).fetchall()
        splits = run(
            f"select charge_id, domain_id, share_from, share_to, reason, {', '.join(METRICS)} "
            "from tieout.finance.fct_charge_splits order by charge_id, share_from"
        ).fetchall()
        return [Share(*row) for row in shares], [
            Split(row[0], row[1], row[2], row[3], row[4], row[5:]) for row in splits
        ]

    def arriving(self) -> dict[tuple[str, str], float]:
        """Return which part of a pool (first) arrives at a pool (second) when all feed each other at once."""
        rows = self._connection.execute(
            "select distinct membership_id, via_membership_id, arriving_share from tieout.allocation.int_pool_chains "
            "where resolution = 'reciprocal' and reason is distinct from 'circular'"
        ).fetchall()
        return {(f"pool-{row[0]}", f"pool-{row[1]}"): row[2] for row in rows}

    def _decide(self, resolution: str) -> None:
        self._fill(
            "policy.pool_resolution",
            {
                "resolution": (pa.string(), [resolution]),
                "valid_from": (pa.date32(), [date(2020, 1, 1)]),
                "valid_to": (pa.date32(), [date(9999, 12, 31)]),
            },
        )

    def consumed(self) -> list[Consumed]:
        """Return the ledger of the last resolution, divided among consumers."""
        rows = self._connection.execute(
            "with ledger as (select * from tieout.finance.fct_allocated_costs), "
            "shares as (select * from tieout.finance.fct_consumer_shares) "
            f"select pool_id, domain_id, reason, via_pool_id, consumer_id, {', '.join(METRICS)} "
            f"from ({self._models['consumer_costs']}) order by all"
        ).fetchall()
        return [Consumed(row[:3], row[3], row[4], row[5:]) for row in rows]

    def ledger(self) -> dict[tuple[str, str, str | None], tuple[Decimal | None, ...]]:
        """Return the rows of the ledger of the last resolution."""
        rows = self._connection.execute(
            f"select pool_id, domain_id, reason, {', '.join(METRICS)} from tieout.finance.fct_allocated_costs"
        ).fetchall()
        return {row[:3]: row[3:] for row in rows}

    def _feeds(self) -> bool:
        """Tell whether the materialization ``table_when`` would work the model of chains out."""
        needed = "select 1 from tieout.allocation.int_pool_shares where target_pool_id is not null limit 1"
        return bool(self._connection.execute(needed).fetchall())

    def _build(self, models: Sequence[str]) -> None:
        for name in models:
            if name == "int_pool_chains" and not self._feeds():
                self._connection.execute(f"create or replace table tieout.allocation.{name} as {NO_CHAINS}")
                continue
            schema = "finance" if name.startswith("fct_") else "allocation"
            self._connection.execute(f"create or replace table tieout.{schema}.{name} as {self._models[name]}")

    def _fill_policy(self, pools: list[Pool]) -> None:
        self._fill_memberships(pools)
        listed = [
            (number, target, *(column[position] if column else None for column in _numbers(pool)))
            for number, pool in enumerate(pools)
            for position, target in enumerate(pool.targets)
        ]
        # a pool without targets in force still lists one, or it would reach every domain
        listed += [(number, "left", None, None, None) for number, pool in enumerate(pools) if not pool.targets]
        blank = [None] * len(listed)
        self._fill(
            "policy.pool_targets",
            {
                "pool_id": (pa.string(), [f"pool-{row[0]}" for row in listed]),
                "scope": (pa.string(), blank),
                "domain_id": (pa.string(), [None if row[1].startswith("pool-") else row[1] for row in listed]),
                "target_pool_id": (pa.string(), [row[1] if row[1].startswith("pool-") else None for row in listed]),
                "business_unit": (pa.string(), blank),
                "cost_centre": (pa.string(), blank),
                "product": (pa.string(), blank),
                "environment": (pa.string(), blank),
                "excluded": (pa.bool_(), blank),
                "share": (MONEY, [row[2] for row in listed]),
                "floor_share": (MONEY, [row[3] for row in listed]),
                "cap_share": (MONEY, [row[4] for row in listed]),
                "valid_from": (pa.date32(), [date(2020, 1, 1)] * len(listed)),
                "valid_to": (pa.date32(), [date(9999, 12, 31)] * len(listed)),
            },
        )
        domains = sorted({name for pool in pools for name in pool.targets if not name.startswith("pool-")})
        nothing = [None] * (len(domains) + 1)
        self._fill(
            "policy.cost_domains",
            {
                "domain_id": (pa.string(), [*domains, "left"]),
                "business_unit": (pa.string(), nothing),
                "cost_centre": (pa.string(), nothing),
                "product": (pa.string(), nothing),
                "environment": (pa.string(), nothing),
                "valid_from": (pa.date32(), [date(2020, 1, 1)] * (len(domains) + 1)),
                "valid_to": (pa.date32(), [date(9999, 12, 31)] * len(domains) + [date(2026, 8, 1)]),
            },
        )
        measured = [
            (number, domain, quantity)
            for number, pool in enumerate(pools)
            for domain, quantity in zip(pool.targets, pool.quantities, strict=False)
            if quantity is not MISSING
        ]
        measured += [
            (number, "unallocated", pool.unowned) for number, pool in enumerate(pools) if pool.unowned is not None
        ]
        self._fill(
            "allocation.driver_quantities",
            {
                "division_id": (pa.int64(), [number for number, _, _ in measured]),
                "domain_id": (pa.string(), [domain for _, domain, _ in measured]),
                "quantity": (MONEY, [quantity for _, _, quantity in measured]),
                "unit": (pa.string(), ["GB"] * len(measured)),
            },
        )
        self._fill(
            "policy.pools",
            {"pool_id": (pa.string(), [f"pool-{number}" for number in range(len(pools))])},
        )
        consumed = [(number, *row) for number, pool in enumerate(pools) for row in pool.consumers]
        self._fill(
            "allocation.int_consumer_quantities",
            {
                "division_id": (pa.int64(), [row[0] for row in consumed]),
                "target_key": (pa.string(), [row[1] for row in consumed]),
                "consumer_id": (pa.int64(), [row[2] for row in consumed]),
                "quantity": (MONEY, [row[3] for row in consumed]),
                "unit": (pa.string(), ["GB"] * len(consumed)),
            },
        )
        self._fill(
            "allocation.int_driver_usage",
            {
                "driver": (pa.string(), ["driver"] * len(consumed)),
                "consumer_id": (pa.int64(), [row[2] for row in consumed]),
            },
        )

    def _fill_memberships(self, pools: list[Pool]) -> None:
        tried = [
            (number, attempt, method, pool)
            for number, pool in enumerate(pools)
            for attempt, method in enumerate((pool.method, *pool.attempts))
        ]
        count = len(tried)
        by_driver = [attempt == 0 and method in ("proportional", "hybrid") for _, attempt, method, _ in tried]
        self._fill(
            "allocation.pool_membership",
            {
                "membership_id": (pa.int64(), [number + 1_000_000 * attempt for number, attempt, _, _ in tried]),
                "group_id": (pa.int64(), [number for number, _, _, _ in tried]),
                "division_id": (pa.int64(), [number + 1_000_000 * attempt for number, attempt, _, _ in tried]),
                "attempt": (pa.int32(), [attempt for _, attempt, _, _ in tried]),
                "context_id": (pa.int64(), [1] * count),
                "fed_context_id": (pa.int64(), [1] * count),
                "pool_id": (pa.string(), [f"pool-{number}" for number, _, _, _ in tried]),
                "pool_version": (pa.int32(), [1] * count),
                "scope_key": (pa.string(), [""] * count),
                "scope_by": (pa.string(), [None] * count),
                "pool_scope_id": (pa.int64(), [number for number, _, _, _ in tried]),
                "billing_period": (pa.string(), [MONTH] * count),
                "window_start": (pa.date32(), [DAY] * count),
                "window_hour": (pa.int32(), [-1] * count),
                "has_charges": (pa.bool_(), [True] * count),
                "eligible_from": (pa.date32(), [DAY] * count),
                "eligible_to": (pa.date32(), [date(2026, 8, 3)] * count),
                "step": (pa.int32(), [pool.step for _, _, _, pool in tried]),
                "method": (pa.string(), [method for _, _, method, _ in tried]),
                "method_id": (pa.string(), ["METHOD"] * count),
                "driver_id": (pa.string(), ["driver" if measured else None for measured in by_driver]),
                "fallback_domain_id": (pa.string(), [pool.fallback for _, _, _, pool in tried]),
                "floor_share": (MONEY, [None] * count),
                "cap_share": (MONEY, [None] * count),
                "measurement_id": (pa.int64(), [None] * count),
                "measured_period": (pa.string(), [None] * count),
                "measured_from": (pa.date32(), [None] * count),
                "measured_to": (pa.date32(), [None] * count),
                "measured_hour": (pa.int32(), [-1] * count),
            },
        )

    def _fill_charges(self, charges: list[tuple[int, tuple[Decimal | None, ...]]]) -> None:
        count = len(charges)
        columns: dict[str, tuple[pa.DataType, Sequence[object]]] = {
            "source_id": (pa.string(), ["source"] * count),
            "billing_period": (pa.string(), [MONTH] * count),
            "charge_id": (pa.int64(), [position * 8 for position in range(count)]),
            "identity_id": (pa.int64(), [number for number, _ in charges]),
            "charge_date": (pa.date32(), [DAY] * count),
            "charge_hour": (pa.int64(), [0] * count),
            "billing_currency": (pa.string(), ["USD"] * count),
        }
        for position, metric in enumerate(METRICS):
            columns[metric] = (MONEY, [costs[position] for _, costs in charges])
        self._fill("ownership.int_charges", columns)
        pools = sorted({number for number, _ in charges})
        self._fill(
            "allocation.int_charge_owners",
            {
                "identity_id": (pa.int64(), pools),
                "segment_from": (pa.date32(), [date(2026, 8, 1)] * len(pools)),
                "segment_to": (pa.date32(), [date(2026, 9, 1)] * len(pools)),
                "domain_id": (pa.string(), [None] * len(pools)),
                "pool_id": (pa.string(), [f"pool-{number}" for number in pools]),
                "pool_version": (pa.int32(), [1] * len(pools)),
                "pool_scope_id": (pa.int64(), pools),
                "driver_window": (pa.string(), ["charge_day"] * len(pools)),
                "cut_from": (pa.date32(), [None] * len(pools)),
                "rule_id": (pa.string(), ["rule"] * len(pools)),
                "rule_version": (pa.int32(), [1] * len(pools)),
                "attribution_method": (pa.string(), ["default"] * len(pools)),
                "reason": (pa.string(), [None] * len(pools)),
            },
        )

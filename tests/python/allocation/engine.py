"""Runs the compiled models of the allocation engine on pools, drivers and charges given as Python values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa

ENGINE_MODELS = (
    "allocation_candidates",
    "allocation_weights",
    "int_pool_shares",
    "allocation_shares",
    "fct_charge_splits",
)
METRICS = ("billed_cost", "effective_cost", "list_cost", "contracted_cost")
DAY = date(2026, 8, 2)
MONTH = "2026-08"
MONEY = pa.decimal128(38, 12)
MISSING = object()
"""A target that the driver says nothing about; None is a target whose quantity is not known."""


@dataclass(frozen=True)
class Pool:
    """A pool on one day: ``quantities`` are the driver's by target (domain_id), ``fixed_shares`` those of policy."""

    method: str
    targets: tuple[str, ...]
    quantities: tuple[object, ...] = ()
    fixed_shares: tuple[Decimal | None, ...] = ()
    fallback: str | None = None


@dataclass(frozen=True)
class Share:
    """One row of allocation_shares."""

    pool_id: str
    domain_id: str
    weight: Decimal | None
    share_from: float
    share_to: float
    reason: str | None


@dataclass(frozen=True)
class Split:
    """One row of fct_charge_splits."""

    charge_id: int
    domain_id: str
    share_from: float
    share_to: float
    reason: str | None
    amounts: tuple[Decimal | None, ...]


class Engine:
    """The engine's models as tables of an in-memory database, whose upstream relations are filled by ``divide``."""

    def __init__(self, models: dict[str, str]) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("set threads = 2")
        self._connection.execute("attach ':memory:' as tieout")
        for schema in ("ownership", "allocation", "policy", "finance"):
            self._connection.execute(f"create schema tieout.{schema}")
        self._models = models

    def _fill(self, relation: str, columns: dict[str, tuple[pa.DataType, Sequence[object]]]) -> None:
        names = list(columns)
        given = pa.table([pa.array(values, kind) for kind, values in columns.values()], names=names)
        self._connection.register("given", given)
        self._connection.execute(f"create or replace table tieout.{relation} as select * from given")
        self._connection.unregister("given")

    def divide(
        self, pools: list[Pool], charges: list[tuple[int, tuple[Decimal | None, ...]]]
    ) -> tuple[list[Share], list[Split]]:
        """Divide ``charges`` (position of the pool, four costs) among the targets of ``pools``.

        The pool at position i is named ``pool-i``; the charge at position i has the id ``i * 8``.
        """
        self._fill_policy(pools)
        self._fill_charges(charges)
        run = self._connection.execute
        for name in ENGINE_MODELS:
            schema = "finance" if name.startswith("fct_") else "allocation"
            run(f"create or replace table tieout.{schema}.{name} as {self._models[name]}")
        shares = run(
            "select pool_id, domain_id, weight, share_from, share_to, reason from tieout.allocation.allocation_shares "
            "order by pool_id, share_from"
        ).fetchall()
        splits = run(
            f"select charge_id, domain_id, share_from, share_to, reason, {', '.join(METRICS)} "
            "from tieout.finance.fct_charge_splits order by charge_id, share_from"
        ).fetchall()
        return [Share(*row) for row in shares], [
            Split(row[0], row[1], row[2], row[3], row[4], row[5:]) for row in splits
        ]

    def _fill_policy(self, pools: list[Pool]) -> None:
        numbers = list(range(len(pools)))
        self._fill(
            "allocation.pool_membership",
            {
                "membership_id": (pa.int64(), numbers),
                "pool_id": (pa.string(), [f"pool-{number}" for number in numbers]),
                "pool_version": (pa.int32(), [1] * len(pools)),
                "scope_key": (pa.string(), [""] * len(pools)),
                "pool_scope_id": (pa.int64(), numbers),
                "billing_period": (pa.string(), [MONTH] * len(pools)),
                "window_start": (pa.date32(), [DAY] * len(pools)),
                "eligible_from": (pa.date32(), [DAY] * len(pools)),
                "eligible_to": (pa.date32(), [date(2026, 8, 3)] * len(pools)),
                "method": (pa.string(), [pool.method for pool in pools]),
                "method_id": (pa.string(), ["METHOD"] * len(pools)),
                "driver_id": (pa.string(), ["driver" if pool.method == "proportional" else None for pool in pools]),
                "fallback_domain_id": (pa.string(), [pool.fallback for pool in pools]),
            },
        )
        listed = [
            (number, domain, pool.fixed_shares[position] if pool.fixed_shares else None)
            for number, pool in enumerate(pools)
            for position, domain in enumerate(pool.targets)
        ]
        # a pool without targets in force still lists one, or it would reach every domain
        listed += [(number, "left", None) for number, pool in enumerate(pools) if not pool.targets]
        self._fill(
            "policy.pool_targets",
            {
                "pool_id": (pa.string(), [f"pool-{number}" for number, _, _ in listed]),
                "domain_id": (pa.string(), [domain for _, domain, _ in listed]),
                "share": (MONEY, [share for _, _, share in listed]),
                "valid_from": (pa.date32(), [date(2020, 1, 1)] * len(listed)),
                "valid_to": (pa.date32(), [date(9999, 12, 31)] * len(listed)),
            },
        )
        domains = sorted({domain for pool in pools for domain in pool.targets})
        self._fill(
            "policy.cost_domains",
            {
                "domain_id": (pa.string(), [*domains, "left"]),
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
        self._fill(
            "allocation.driver_quantities",
            {
                "membership_id": (pa.int64(), [number for number, _, _ in measured]),
                "domain_id": (pa.string(), [domain for _, domain, _ in measured]),
                "quantity": (MONEY, [quantity for _, _, quantity in measured]),
                "unit": (pa.string(), ["GB"] * len(measured)),
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
                "rule_id": (pa.string(), ["rule"] * len(pools)),
                "rule_version": (pa.int32(), [1] * len(pools)),
                "attribution_method": (pa.string(), ["default"] * len(pools)),
                "reason": (pa.string(), [None] * len(pools)),
            },
        )

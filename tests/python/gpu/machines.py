"""Runs the compiled models of idle GPUs on telemetry, charges and policy given as Python values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

GPU_MODELS = ("int_gpu_hours", "int_gpu_idle_costs", "rpt_gpu_idle", "audit_gpu_idle")
_MONEY = pa.decimal128(38, 12)
_TEXT = pa.string()
_RELATIONS = {
    "allocation.int_gpu_usage": {
        **dict.fromkeys(("source_id", "resource", "cluster", "node", "gpu", "gpu_model"), _TEXT),
        **dict.fromkeys(("mig_profile", "mig_instance"), _TEXT),
        "usage_date": pa.date32(),
        "usage_hour": pa.int64(),
        **dict.fromkeys(("gpus", "gpus_of_resource", "utilisation", "requests", "hours"), _MONEY),
    },
    "staging.stg_landing__run_scope": {"billing_period": _TEXT},
    "ownership.dim_charge_identities": {
        "identity_id": pa.int64(),
        **dict.fromkeys(("resource_id", "match_name", "sub_account_id", "service_category"), _TEXT),
        **dict.fromkeys(("charge_category", "charge_class"), _TEXT),
    },
    "policy.gpu_idle": {
        "rule_id": _TEXT,
        "precedence": pa.int32(),
        **dict.fromkeys(("cluster", "resource_regex"), _TEXT),
        **dict.fromkeys(("utilisation_below", "requests_below", "alert_above"), _MONEY),
        "minimum_hours": pa.int32(),
        **dict.fromkeys(("valid_from", "valid_to"), pa.date32()),
    },
    "finance.focus_cost_and_usage": {
        "x_billing_period": _TEXT,
        "x_identity_id": pa.int64(),
        "x_charge_date": pa.date32(),
        **dict.fromkeys(("ChargePeriodStart", "ChargePeriodEnd"), pa.timestamp("us")),
        **dict.fromkeys(("BillingCurrency", "ConsumedUnit"), _TEXT),
        **dict.fromkeys(("EffectiveCost", "BilledCost", "ConsumedQuantity"), _MONEY),
    },
    "allocation.int_charge_owners": {
        "identity_id": pa.int64(),
        **dict.fromkeys(("segment_from", "segment_to"), pa.date32()),
        **dict.fromkeys(("domain_id", "pool_id"), _TEXT),
    },
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What came of an estate.

    Attributes:
        windows: rows of rpt_gpu_idle, in its order.
        audits: rows of audit_gpu_idle.
    """

    windows: list[Row]
    audits: list[Row]


class Machines:
    """The models, as tables of an in-memory database."""

    def __init__(self, models: dict[str, str]) -> None:
        self._models = models
        self._connection = duckdb.connect()
        self._connection.execute("set threads = 2")
        self._connection.execute("attach ':memory:' as tieout")
        for schema in ("allocation", "staging", "ownership", "policy", "finance", "audit"):
            self._connection.execute(f"create schema tieout.{schema}")

    def idle(
        self,
        telemetry: Sequence[Row],
        charges: Sequence[Row] = (),
        rules: Sequence[Row] | None = None,
        periods: Sequence[str] = ("2026-10",),
        identities: Sequence[Row] | None = None,
    ) -> Outcome:
        """Return what idles; without rules, 5 % for 2 hours; without identities, one machine i-0a of domain ml-prod."""
        known = [identity(1, "i-0a")] if identities is None else identities
        owners = [
            {
                "identity_id": one["identity_id"],
                "segment_from": date(2020, 1, 1),
                "segment_to": date(9999, 12, 31),
                "domain_id": "ml-prod",
            }
            for one in known
        ]
        given = {
            "allocation.int_gpu_usage": telemetry,
            "staging.stg_landing__run_scope": [{"billing_period": period} for period in periods],
            "ownership.dim_charge_identities": known,
            "policy.gpu_idle": [rule()] if rules is None else rules,
            "finance.focus_cost_and_usage": charges,
            "allocation.int_charge_owners": owners,
        }
        for relation, rows in given.items():
            columns = _RELATIONS[relation]
            table = pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in columns.items()})
            self._connection.register("given", table)
            self._connection.execute(f"create or replace table tieout.{relation} as select * from given")
            self._connection.unregister("given")
        for model in GPU_MODELS:
            schema = {"rpt": "finance", "aud": "audit"}.get(model[:3], "allocation")
            self._connection.execute(f"create or replace table tieout.{schema}.{model} as {self._models[model]}")
        return Outcome(
            self._rows("select * from tieout.finance.rpt_gpu_idle order by all"),
            self._rows("select * from tieout.audit.audit_gpu_idle order by subject"),
        )

    def _rows(self, sql: str) -> list[Row]:
        found = self._connection.execute(sql)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def rule(**cells: object) -> Row:
    """Return a row of gpu_idle.csv."""
    return {
        "rule_id": "idle",
        "precedence": 10,
        "utilisation_below": Decimal("0.05"),
        "minimum_hours": 2,
        "valid_from": date(2020, 1, 1),
        "valid_to": date(9999, 12, 31),
        **cells,
    }


def identity(number: int, resource_id: str, **cells: object) -> Row:
    """Return a row of dim_charge_identities."""
    return {
        "identity_id": number,
        "resource_id": resource_id,
        "match_name": resource_id.rsplit("/", 1)[-1],
        "service_category": "Compute",
        "charge_category": "Usage",
        **cells,
    }


def hour(at: datetime, utilisation: str | None = "0", gpu: str = "gpu-1", **cells: object) -> Row:
    """Return an hour of telemetry of a whole GPU of i-0a."""
    return {
        "source_id": "dcgm",
        "resource": "i-0a",
        "gpu": gpu,
        "usage_date": at.date(),
        "usage_hour": at.hour,
        "gpus": Decimal(1),
        "utilisation": None if utilisation is None else Decimal(utilisation),
        "hours": Decimal(1),
        **cells,
    }


def charge(at: datetime, cost: str, hours: int = 1, **cells: object) -> Row:
    """Return a charge of i-0a over some hours; billed and effective cost are the same."""
    return {
        "x_billing_period": f"{at:%Y-%m}",
        "x_identity_id": 1,
        "x_charge_date": at.date(),
        "ChargePeriodStart": at,
        "ChargePeriodEnd": at + timedelta(hours=hours),
        "BillingCurrency": "USD",
        "EffectiveCost": Decimal(cost),
        "BilledCost": Decimal(cost),
        **cells,
    }

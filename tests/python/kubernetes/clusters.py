"""Runs the compiled models that divide clusters on telemetry, charges and policy given as Python values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa

from orchestration.policy.model import PROJECT_SEEDS
from orchestration.policy.writing import seed_types

MODELS = (
    "int_charge_days",
    "int_measured_periods",
    "int_measured_days",
    "int_period_identities",
    "int_kubernetes_names",
    "int_kubernetes_workload_intervals",
    "int_kubernetes_resources",
    "dim_charge_identities",
    "int_policy_segments",
    "int_ownership_rules",
    "int_domain_lookups",
    "int_kubernetes_workloads",
    "int_identity_tags",
    "int_kubernetes_consumers",
    "int_kubernetes_node_periods",
    "int_kubernetes_divided_nodes",
    "int_kubernetes_node_usage",
    "int_kubernetes_volume_holders",
    "int_kubernetes_driver_usage",
)
"""In the order in which they are built."""

Row = Mapping[str, object]
MONEY = pa.decimal128(38, 12)
TEXT, DAY, WHOLE, NUMBER = pa.string(), pa.date32(), pa.int64(), MONEY
ALWAYS = {"valid_from": date(2020, 1, 1), "valid_to": date(9999, 12, 31)}
MONTH = "2026-08"
POLICY = seed_types(PROJECT_SEEDS / "policy")
REFERENCE = seed_types(PROJECT_SEEDS / "reference")

_SOME = {"source_id": TEXT, "billing_period": TEXT, "usage_date": DAY, "usage_hour": WHOLE, "cluster": TEXT}
_WORKLOAD = {"namespace": TEXT, "workload_kind": TEXT, "workload_name": TEXT}
_MEASURES = (
    *(f"{resource}_{measure}" for resource in ("cpu", "memory") for measure in ("request", "limit", "usage")),
    *("gpu_request", "gpu_usage", "node_cpu_capacity", "node_memory_capacity", "node_gpu_capacity"),
)
TELEMETRY = {
    "int_kubernetes_usage": {
        **_SOME, "node": TEXT, "provider_id": TEXT, **_WORKLOAD, "pod": TEXT, "labels": TEXT, "namespace_labels": TEXT,
        "hours": NUMBER, **dict.fromkeys(_MEASURES, NUMBER),
    },
    "int_kubernetes_volumes": {
        **_SOME, **_WORKLOAD, "claim": TEXT, "volume": TEXT, "volume_handle": TEXT, "held_hours": NUMBER,
        "labels": TEXT,
    },
    "int_kubernetes_network": {
        **_SOME, "node": TEXT, "provider_id": TEXT, **_WORKLOAD, "traffic_class": TEXT, "bytes": NUMBER,
    },
    "int_kubernetes_load_balancers": {
        **_SOME, "namespace": TEXT, "service": TEXT, "load_balancer": TEXT, "hours": NUMBER,
    },
}  # fmt: skip
"""The columns of the views of telemetry that are read."""

CHARGES = {
    "x_charge_id": WHOLE,
    "x_identity_id": WHOLE,
    "x_source_id": TEXT,
    "x_billing_period": TEXT,
    "x_charge_date": DAY,
    **dict.fromkeys(
        (
            "ServiceProviderName", "HostProviderName", "InvoiceIssuerName", "BillingAccountId", "BillingAccountName",
            "SubAccountId", "SubAccountName", "ResourceId", "ResourceName", "ResourceType", "ServiceName",
            "ServiceCategory", "ServiceSubcategory", "RegionId", "ChargeCategory", "ChargeClass", "Tags",
            "BillingCurrency", "CommitmentDiscountId", "CommitmentDiscountStatus", "CapacityReservationStatus",
            "ConsumedUnit", "SkuMeter",
        ),
        TEXT,
    ),
    "ChargePeriodStart": pa.timestamp("us"),
    **dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ConsumedQuantity"), NUMBER),
}  # fmt: skip


class Clusters:
    """The models that divide clusters, as tables of an in-memory database."""

    def __init__(self, models: Mapping[str, tuple[str, str]]) -> None:
        self._models = models
        self._connection = duckdb.connect()
        self._connection.execute("set threads = 2; attach ':memory:' as tieout; use tieout")
        for schema in ("ownership", "allocation", "policy", "finance", "staging", "reference"):
            self._connection.execute(f"create schema {schema}")

    def divide(
        self, charges: Iterable[Row], policy: Mapping[str, Iterable[Row]], **telemetry: Iterable[Row]
    ) -> Clusters:
        """Build every model: charges on days, a policy by file, telemetry by the last word of its view's name.

        What is charged goes to pools that are divided by the hour, in the scope of its resource.
        """
        for table, types in POLICY.items():
            self._fill_seed("policy", table, types, [{**ALWAYS, **row} for row in policy.get(table, ())])
        self._connection.execute(
            f"create or replace table staging.stg_landing__run_scope as select '{MONTH}' as billing_period"
        )
        self._fill_seed("reference", "ai_model_patterns", REFERENCE["ai_model_patterns"], [])
        numbered = list(_numbered(charges))
        self._fill("finance.focus_cost_and_usage", CHARGES, numbered)
        scopes = sorted({str(charge["ResourceId"]).lower() for charge in numbered if "ResourceId" in charge})
        self._fill(
            "allocation.int_charge_owners",
            {"scope_key": TEXT, "driver_window": TEXT},
            [{"scope_key": scope, "driver_window": "charge_hour"} for scope in scopes],
        )
        for view, columns in TELEMETRY.items():
            rows = [
                {"source_id": "feed", "billing_period": MONTH, "usage_hour": None, **row}
                for row in telemetry.get(view.removeprefix("int_kubernetes_"), ())
            ]
            self._fill(f"allocation.{view}", columns, rows)
        self._fill(
            "allocation.int_kubernetes_periods",
            {"billing_period": TEXT, "fingerprint": TEXT, "row_count": WHOLE},
            [{"billing_period": MONTH, "fingerprint": "told", "row_count": 1}],
        )
        for name, (schema, statement) in self._models.items():
            self._connection.execute(f"create or replace table {schema}.{name} as ({statement})")
        return self

    def _fill_seed(self, schema: str, table: str, types: Mapping[str, str], rows: list[Row]) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
        self._connection.execute(f"create or replace table {schema}.{table} ({columns})")
        for row in rows:
            names = [name for name in row if name in types]
            marks = ", ".join("?" for _ in names)
            self._connection.execute(
                f"insert into {schema}.{table} ({', '.join(names)}) values ({marks})", [row[name] for name in names]
            )

    def _fill(self, relation: str, columns: Mapping[str, pa.DataType], rows: list[Row]) -> None:
        unknown = {name for row in rows for name in row} - set(columns)
        assert not unknown, unknown
        given = pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in columns.items()})
        self._connection.register("given", given)
        self._connection.execute(f"create or replace table {relation} as select * from given")
        self._connection.unregister("given")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return what a query finds in the models."""
        return self._connection.execute(query).fetchall()

    def usage(self, driver: str) -> dict[tuple[object, ...], Decimal]:
        """Return the quantities of a driver by day, hour, scope, target, namespace and workload."""
        return {
            row[:-1]: row[-1]
            for row in self.rows(
                "select distinct usage.usage_date, usage.usage_hour, usage.scope, usage.target, consumers.namespace, "
                "consumers.workload_name, usage.quantity "
                "from allocation.int_kubernetes_driver_usage as usage "
                "inner join allocation.int_kubernetes_consumers as consumers using (consumer_id) "
                f"where usage.driver = '{driver}'"
            )
        }  # type: ignore[misc]


def _numbered(charges: Iterable[Row]) -> Iterable[Row]:
    """Give charges of the same resource, name, account and category one identity, and each an id."""
    identities: dict[tuple[object, ...], int] = {}
    for number, charge in enumerate(charges):
        identity = tuple(charge.get(name) for name in ("ResourceId", "ResourceName", "SubAccountId", "ServiceCategory"))
        yield {
            "x_charge_id": number * 8,
            "x_identity_id": identities.setdefault(identity, len(identities)),
            "x_source_id": "bill",
            "x_billing_period": MONTH,
            "ServiceCategory": "Compute",
            "ChargeCategory": "Usage",
            "BillingCurrency": "USD",
            **charge,
        }

"""Ownership by the models equals ownership by the oracle, for every identity on every day of its charges."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.policy import Policy, write_policy
from tests.python.ownership.estates import NODE, estate
from tests.python.ownership.oracle import Answer, Row, Tables, owner

CHARGE_COLUMNS = {
    "x_charge_id": "bigint",
    "x_identity_id": "bigint",
    "x_source_id": "varchar",
    "x_billing_period": "varchar",
    "x_charge_date": "date",
    "ServiceProviderName": "varchar",
    "HostProviderName": "varchar",
    "InvoiceIssuerName": "varchar",
    "BillingAccountId": "varchar",
    "BillingAccountName": "varchar",
    "SubAccountId": "varchar",
    "SubAccountName": "varchar",
    "ResourceId": "varchar",
    "ResourceName": "varchar",
    "ResourceType": "varchar",
    "ServiceName": "varchar",
    "ServiceCategory": "varchar",
    "ServiceSubcategory": "varchar",
    "RegionId": "varchar",
    "ChargeCategory": "varchar",
    "ChargeClass": "varchar",
    "Tags": "varchar",
    "BillingCurrency": "varchar",
}
"""The columns of focus_cost_and_usage that ownership decides on."""

OTHER_COLUMNS = {
    "ChargePeriodStart": "timestamp",
    "CommitmentDiscountId": "varchar",
    "CommitmentDiscountStatus": "varchar",
    "CapacityReservationStatus": "varchar",
    "BilledCost": "decimal(38, 12)",
    "EffectiveCost": "decimal(38, 12)",
    "ListCost": "decimal(38, 12)",
    "ContractedCost": "decimal(38, 12)",
    "ConsumedQuantity": "decimal(38, 12)",
    "ConsumedUnit": "varchar",
    "SkuMeter": "varchar",
}
"""Columns that it reads and these estates leave empty."""


@pytest.mark.parametrize("seed", range(40))
def test_models_and_oracle_agree_on_every_day(ownership_models: dict[str, str], seed: int) -> None:
    tables, identities = estate(seed)
    with duckdb.connect() as con:
        _build(con, ownership_models, tables, identities)
        found = con.execute(
            "select identity_id, segment_from, segment_to, domain_id, pool_id, rule_id, rule_version, "
            "attribution_method, reason from ownership.int_identity_assignments"
        ).fetchall()
    by_identity: dict[int, list[tuple[object, ...]]] = {}
    for row in found:
        by_identity.setdefault(row[0], []).append(row[1:])
    for identity in identities:
        day = identity["first"]
        while day <= identity["last"]:
            answers = [
                Answer(*row[2:])  # type: ignore[arg-type]
                for row in by_identity[identity["identity_id"]]
                if row[0] <= day < row[1]  # type: ignore[operator]
            ]
            assert answers == [owner(tables, identity, day)], (seed, identity, day)
            day += timedelta(days=1)


def _build(con: duckdb.DuckDBPyConnection, sql: dict[str, str], tables: Tables, identities: list[Row]) -> None:
    con.execute("attach ':memory:' as tieout; use tieout; create schema finance; create schema staging")
    con.execute("create schema ownership; create schema allocation")
    con.execute(
        "create table allocation.int_kubernetes_resources as "
        f"select 'node' as role, 'prod' as cluster, '{NODE}' as known_as, '{NODE}' as resource_key"
    )
    con.execute(
        "create table allocation.int_kubernetes_workloads as select null::varchar as labels, "
        "null::varchar as namespace_labels"
    )
    cells = {
        table: [{name: None if cell is None else str(cell) for name, cell in row.items()} for row in rows]
        for table, rows in tables.items()
    }
    write_policy(con, Policy(Path(), {table: [] for table in tables}, cells))
    con.execute("create table staging.stg_landing__run_scope as select '2026-09' as billing_period")
    columns = ", ".join(f"{name} {kind}" for name, kind in (CHARGE_COLUMNS | OTHER_COLUMNS).items())
    con.execute(f"create table finance.focus_cost_and_usage ({columns})")
    charges = [
        (
            number, identity["identity_id"], identity["source_id"], "2026-09", day, identity["service_provider_name"],
            None, None, identity["billing_account_id"], None, identity["sub_account_id"], None, identity["resource_id"],
            identity["resource_name"], None, identity["service_name"], identity["service_category"], None,
            identity["region_id"], identity["charge_category"], None,
            json.dumps(identity["tags"]) if identity["tags"] else None, "USD",
        )
        for number, (identity, day) in enumerate(
            (identity, day) for identity in identities for day in {identity["first"], identity["last"]}
        )
    ]  # fmt: skip
    marks = ", ".join("?" for _ in CHARGE_COLUMNS)
    con.executemany(f"insert into finance.focus_cost_and_usage ({', '.join(CHARGE_COLUMNS)}) values ({marks})", charges)
    for name, statement in sql.items():
        con.execute(f"create table ownership.{name} as {statement}")

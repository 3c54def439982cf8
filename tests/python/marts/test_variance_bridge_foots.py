"""Whatever owners bore and bear: the cost before and all effects are the cost now, and nothing of either is lost."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EFFECTS = (
    "usage_effect", "rate_effect", "new_usage", "ended_usage", "unmeasured_usage", "transferred_in", "transferred_out",
    "unused_commitments", "purchases", "credits", "tax", "corrections", "adjustments", "pool_cost_effect",
    "pool_share_effect",
)  # fmt: skip
COLUMNS = """
    billing_period varchar, domain_id varchar, pool_id varchar, service_provider_name varchar, service_name varchar,
    sku_meter varchar, region_id varchar, resource_id varchar, charge_category varchar, charge_class varchar,
    commitment_discount_status varchar, consumed_unit varchar, billing_currency varchar,
    effective_cost decimal(38, 12), consumed_quantity decimal(38, 12)
"""
TABLES = {True: "tieout.staging.stg_landing__owner_costs_before", False: "tieout.finance.fct_owner_costs"}

amounts = st.one_of(
    st.integers(-(10**30), 10**30),
    st.integers(-(10**15), 10**15),
    st.sampled_from([0, 1, -1, 5 * 10**9, 33333333333333]),
).map(lambda steps: Decimal(f"{steps}E-12"))
owned = st.tuples(
    st.sampled_from(["a", "b", "unallocated"]),
    st.none(),
    st.sampled_from([None, "AWS"]),
    st.sampled_from(["box", "disk"]),
    st.sampled_from([None, "i-1", "i-2"]),
    st.sampled_from(["Usage", "Usage", "Usage", "Purchase", "Credit", "Tax", "Adjustment"]),
    st.sampled_from([None, None, "Correction"]),
    st.sampled_from([None, "Used", "Unused"]),
    amounts,
    st.one_of(st.none(), amounts),
)
shared = st.tuples(
    st.sampled_from(["a", "b", "unallocated"]), st.sampled_from(["nat", "support"]),
    *(st.none() for _ in range(6)), amounts, st.none(),
)  # fmt: skip
months = st.lists(st.one_of(owned, shared), max_size=10)


@pytest.fixture(scope="module")
def bridge_sql(compiled_models: dict[str, str], warehouse: duckdb.DuckDBPyConnection) -> str:
    """Return the SQL of the bridge, with the tables it reads made."""
    warehouse.execute(
        "create or replace table tieout.staging.stg_landing__run_scope as select '2026-05' billing_period"
    )
    warehouse.execute(
        "create or replace table tieout.staging.stg_landing__compared_publications as "
        "select '2026-05' billing_period, '2026-04' period_before, 1 publication_before"
    )
    for table in TABLES.values():
        warehouse.execute(f"create or replace table {table} ({COLUMNS})")
    warehouse.execute(
        "create or replace table tieout.finance.dim_cost_domains as select 'a' domain_id, 'A' business_unit, "
        "'A' cost_centre, 'A' product, 'A' environment, date '1900-01-01' applies_from, date '9999-12-31' applies_to"
    )
    return compiled_models["rpt_variance_bridge"]


def put(warehouse: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    warehouse.execute(f"delete from {table}")
    for domain, pool, provider, meter, resource, category, correction, status, cost, quantity in rows:
        warehouse.execute(
            f"insert into {table} values ('2026-05', ?, ?, ?, null, ?, null, ?, ?, ?, ?, 'Hours', 'USD', ?, ?)",
            [domain, pool, provider, meter, resource, category, correction, status, cost, quantity],
        )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=months, now=months)
def test_the_bridge_foots_and_loses_nothing(warehouse, bridge_sql, before, now):
    for table, rows in zip((TABLES[True], TABLES[False]), (before, now), strict=True):
        put(warehouse, table, rows)
    keys = ("domain_id", "service_provider_name", "pool_id")
    lines = warehouse.execute(
        f"select {', '.join(keys)}, effective_cost_before, effective_cost, {', '.join(EFFECTS)} from ({bridge_sql})"
    ).fetchall()
    with localcontext(prec=80):
        for _, _, _, cost_before, cost, *effects in lines:
            assert cost_before + sum(effects) == cost
        for rows, column in ((before, 3), (now, 4)):
            expected: dict[tuple[object, ...], Decimal] = {}
            for domain, pool, provider, *_, cost, _quantity in rows:
                expected[domain, provider, pool] = expected.get((domain, provider, pool), Decimal(0)) + cost
            found = {line[:3]: line[column] for line in lines}
            assert len(found) == len(lines), "one line per owner and service or pool"
            assert {key: cost for key, cost in found.items() if cost} == {
                key: cost for key, cost in expected.items() if cost
            }


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(month=months)
def test_the_same_month_again_has_no_effect(warehouse, bridge_sql, month):
    for table in TABLES.values():
        put(warehouse, table, month)
    rows = warehouse.execute(f"select {', '.join(EFFECTS)} from ({bridge_sql})").fetchall()
    # a ratio of 1 is exact, but a double holds 15 digits of a cost: what it drops is told as price
    for row in rows:
        effects = dict(zip(EFFECTS, row, strict=True))
        assert effects["usage_effect"] + effects["rate_effect"] == 0
        assert effects["pool_cost_effect"] + effects["pool_share_effect"] == 0
        assert not any(effects[name] for name in EFFECTS if not name.endswith("_effect"))

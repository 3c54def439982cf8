"""Whatever the amount and the rate: the reporting amount is their exact product, rounded once at 12 decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TABLES = (
    "staging.stg_landing__run_scope as select '2026-05' as billing_period",
    """finance.fct_allocated_costs (
        billing_period varchar, source_id varchar, charge_date date, identity_id bigint, domain_id varchar,
        pool_id varchar, attribution_method varchar, allocation_method varchar, reason varchar,
        billing_currency varchar, billed_cost decimal(38, 12), effective_cost decimal(38, 12),
        list_cost decimal(38, 12), contracted_cost decimal(38, 12)
    )""",
    "ownership.dim_charge_identities as select 1::bigint as identity_id, 'Usage' as charge_category",
    """finance.dim_cost_domains (
        domain_id varchar, business_unit varchar, cost_centre varchar, product varchar, environment varchar,
        owner varchar, approver varchar, gl_account varchar, legal_entity varchar, chargeback_mode varchar,
        valid_from date, applies_from date, applies_to date
    )""",
    """allocation.int_reporting_rates (
        billing_period varchar, from_currency varchar, to_currency varchar, rate decimal(38, 12)
    )""",
    "policy.thresholds (threshold_id varchar, value decimal(38, 12), valid_from date, valid_to date)",
    "reference.allocation_methods (method varchar, counts_as_accurate boolean)",
)

amounts = st.one_of(st.integers(-(10**29), 10**29), st.integers(-(10**13), 10**13), st.sampled_from([0, 1, -1])).map(
    lambda steps: Decimal(f"{steps}E-12")
)
rates = st.one_of(st.integers(1, 10**19), st.integers(1, 10**13)).map(lambda steps: Decimal(f"{steps}E-12"))


@pytest.fixture(scope="module")
def conversion_sql(compiled_models: dict[str, str], warehouse: duckdb.DuckDBPyConnection) -> str:
    """Return the SQL that converts, with the tables it reads made."""
    for table in TABLES:
        warehouse.execute(f"create or replace table tieout.{table}")
    return (
        "select domain_id, effective_cost, reporting_effective_cost "
        f"from ({compiled_models['int_costs_by_domain']}) order by domain_id"
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(costs=st.lists(amounts, min_size=1, max_size=10), rate=st.one_of(rates, rates, rates, st.none()))
def test_currency_conversion_is_exact(warehouse, conversion_sql, costs, rate):
    warehouse.execute("delete from tieout.finance.fct_allocated_costs")
    warehouse.execute("delete from tieout.allocation.int_reporting_rates")
    warehouse.execute("insert into tieout.allocation.int_reporting_rates values ('2026-05', 'EUR', 'USD', ?)", [rate])
    warehouse.executemany(
        """
        insert into tieout.finance.fct_allocated_costs
            (billing_period, source_id, charge_date, identity_id, domain_id, billing_currency, effective_cost)
        values ('2026-05', 'source', date '2026-05-01', 1, ?, 'EUR', ?)
        """,
        [(f"domain-{number}", cost) for number, cost in enumerate(costs)],
    )

    converted = warehouse.execute(conversion_sql).fetchall()

    assert len(converted) == len(costs)
    with localcontext(prec=90):
        for _, cost, amount in converted:
            exact = None if rate is None else (cost * rate).quantize(Decimal("1E-12"), rounding=ROUND_HALF_UP)
            assert amount == exact

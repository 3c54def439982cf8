"""Whatever owners bear, in whatever currency and of whatever sign: the lines of their statement add up to its total."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DECIMALS = {"USD": 2, "JPY": 0, "KWD": 3, "CLF": 4}
COSTS_BY_DOMAIN = """
    create or replace table tieout.allocation.int_costs_by_domain (
        billing_period varchar, domain_id varchar, domain_valid_from date, business_unit varchar, cost_centre varchar,
        product varchar, environment varchar, owner varchar, approver varchar, gl_account varchar, legal_entity varchar,
        chargeback_mode varchar, billing_currency varchar, reporting_currency varchar, is_shared boolean,
        effective_cost decimal(38, 12), billed_cost decimal(38, 12), list_cost decimal(38, 12),
        contracted_cost decimal(38, 12), reporting_effective_cost decimal(38, 12)
    )
"""

amounts = st.one_of(
    st.integers(-(10**30), 10**30),
    st.integers(-(10**15), 10**15),
    st.integers(-(10**10), 10**10),
    st.sampled_from([0, 1, -1, 5 * 10**9, -5 * 10**9, 33333333333333]),
).map(lambda steps: Decimal(f"{steps}E-12"))
statements = st.lists(amounts, min_size=1, max_size=12)


@pytest.fixture(scope="module")
def statement_sql(compiled_models: dict[str, str], warehouse: duckdb.DuckDBPyConnection) -> str:
    """Return the SQL of the statement, with the tables it reads made."""
    warehouse.execute(COSTS_BY_DOMAIN)
    warehouse.execute("create or replace table tieout.reference.currencies (currency varchar, subunit_decimals int)")
    warehouse.executemany("insert into tieout.reference.currencies values (?, ?)", list(DECIMALS.items()))
    return f"select domain_id, statement_amount from ({compiled_models['fct_chargeback']})"


def lines_of(
    warehouse: duckdb.DuckDBPyConnection, sql: str, currency: str, costs: dict[str, Decimal]
) -> dict[str, Decimal]:
    """Return the statement's lines for what each domain bears."""
    warehouse.execute("delete from tieout.allocation.int_costs_by_domain")
    warehouse.executemany(
        """
        insert into tieout.allocation.int_costs_by_domain
            (billing_period, domain_id, domain_valid_from, billing_currency, is_shared, effective_cost)
        values ('2026-05', ?, date '2026-01-01', ?, false, ?)
        """,
        [(domain, currency, cost) for domain, cost in costs.items()],
    )
    return dict(warehouse.execute(sql).fetchall())


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's subunit."""
    with localcontext(prec=80):
        return amount.quantize(Decimal(1).scaleb(-DECIMALS[currency]), rounding=ROUND_HALF_UP)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(currency=st.sampled_from(sorted(DECIMALS)), costs=statements, order=st.randoms())
def test_statement_lines_foot(warehouse, statement_sql, currency, costs, order):
    by_domain = {f"domain-{number:02}": cost for number, cost in enumerate(costs)}
    with localcontext(prec=80):
        total = rounded(sum(costs, Decimal(0)), currency)
        subunit = Decimal(1).scaleb(-DECIMALS[currency])

        lines = lines_of(warehouse, statement_sql, currency, by_domain)

        assert sum(lines.values()) == total
        for domain, line in lines.items():
            assert abs(line - by_domain[domain]) < subunit
            assert line == rounded(line, currency)

        shuffled = list(by_domain.items())
        order.shuffle(shuffled)
        assert lines_of(warehouse, statement_sql, currency, dict(shuffled)) == lines

        if total != 0:
            mirrored = {domain: -cost for domain, cost in by_domain.items()}
            assert lines_of(warehouse, statement_sql, currency, mirrored) == {d: -line for d, line in lines.items()}

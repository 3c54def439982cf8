"""Chargeback: the statement that people are sent foots to the exact total, rounded once."""

from expectations.suite import Suite, figures, has_rows, is_true

SUITE = Suite(
    table="finance.fct_chargeback",
    query="""
        select
            'statement ' || $billing_period || ' in ' || chargeback.billing_currency
                || ', lines against the exact effective cost' as subject,
            chargeback.billing_currency as currency,
            sum(chargeback.effective_cost) as expected,
            sum(chargeback.statement_amount) as actual,
            sum(chargeback.statement_amount) - sum(chargeback.effective_cost) as difference,
            coalesce(
                abs(sum(chargeback.statement_amount) - sum(chargeback.effective_cost)) * 2
                    <= cast(power(10, -max(currencies.subunit_decimals)) as decimal(38, 12)),
                false
            ) as foots
        from finance.fct_chargeback as chargeback
        left join reference.currencies as currencies
            on chargeback.billing_currency = currencies.currency
        where chargeback.billing_period = $billing_period
        group by chargeback.billing_currency
        order by subject
    """,
    checks=(
        has_rows("has_owners", "Somebody is charged.", "finance.fct_chargeback has nothing for this period"),
        is_true(
            "foots",
            "statement_foots",
            "The statement lines of each currency sum to the exact total, rounded to the currency's subunit.",
            figures,
        ),
    ),
)

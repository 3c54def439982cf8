"""Budgets of AI usage: one that is exceeded is told, and published."""

from expectations.suite import Suite, is_true

SUITE = Suite(
    table="finance.rpt_ai_budgets",
    query="""
        select
            budget_id, consumer_kind, consumer, period_from, unit, currency, amount, consumed,
            coalesce(not is_exceeded, true) as is_kept
        from finance.rpt_ai_budgets
        where billing_period = $billing_period
        order by budget_id, period_from
    """,
    checks=(
        is_true(
            "is_kept",
            "budgets_are_kept",
            "No budget of AI usage is exceeded.",
            lambda row: (
                f"AI budget {row['budget_id']} of {row['consumer_kind']} {row['consumer']} from {row['period_from']}: "
                f"{row['consumed']:,.0f} of {row['amount']:,.0f} {row['currency'] or row['unit']} used, "
                f"{row['consumed'] - row['amount']:,.0f} too many"
            ),
            severity="warning",
        ),
    ),
)

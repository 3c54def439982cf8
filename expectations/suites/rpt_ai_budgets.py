"""Budgets of AI usage: one that is exceeded is told, and published."""

from expectations.suite import Row, Suite, is_true, money


def quantity(row: Row, column: str) -> str:
    """Return tokens, or an amount of money, as people read it."""
    return f"{row[column]:,.0f}" if row["unit"] == "tokens" else money(row[column])


SUITE = Suite(
    table="finance.rpt_ai_budgets",
    query="""
        select
            budget_id, consumer_kind, consumer, period_from, unit, currency, amount, consumed_at_least, unpriced_tokens,
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
                f"{quantity(row, 'consumed_at_least')} of {quantity(row, 'amount')} {row['currency'] or row['unit']} "
                "used"
                + (f", and {row['unpriced_tokens']:,.0f} tokens without a price" if row["unpriced_tokens"] else "")
            ),
            severity="warning",
        ),
    ),
)

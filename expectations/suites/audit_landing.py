"""Deliveries: what was landed is what the provider declared."""

from expectations.suite import Suite, figures, has_rows, is_zero

SUITE = Suite(
    table="audit.audit_landing",
    query="""
        select subject, expected, actual, difference
        from audit.audit_landing
        where billing_period = $billing_period
        order by subject
    """,
    checks=(
        has_rows(
            "has_deliveries",
            "At least one delivery is in force.",
            "no delivery is in force for this period, so there is nothing to publish",
        ),
        # A provider that declares no number of rows leaves expected and difference null: nothing to tie to.
        is_zero(
            "difference",
            "rows_as_declared",
            "Every delivery has exactly the rows that it declares.",
            figures,
        ),
    ),
)

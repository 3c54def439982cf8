"""Deliveries: what was landed is what the provider declared, in the columns it had before."""

from expectations.suite import Suite, figures, has_rows, is_true, is_zero

SUITE = Suite(
    table="audit.audit_landing",
    query="""
        select subject, expected, actual, difference, has_same_columns, changed_columns
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
        # What is lost with a column that must be there is refused by landing; anything else is told, and goes on.
        is_true(
            "has_same_columns",
            "columns_as_before",
            "Every delivery has the columns of the delivery before it.",
            lambda row: (
                f"{row['subject'].split(', rows')[0]}: columns changed since the delivery before: "
                f"{row['changed_columns']}"
            ),
            severity="warning",
        ),
    ),
)

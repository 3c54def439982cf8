"""The Finance tree and the engineering view are two sums of one ledger."""

from expectations.suite import Suite, has_rows, ties

SUITE = Suite(
    table="audit.audit_trees",
    query="""
        select subject, expected, actual, difference, billing_currency as currency
        from audit.audit_trees
        where billing_period = $billing_period
        order by subject
    """,
    checks=(
        has_rows("has_trees", "Both trees have cost.", "neither tree has anything for this period"),
        *ties("Each cost metric of each tree is the ledger's"),
    ),
)

"""FOCUS against landing: no charge is lost or made on the way."""

from expectations.suite import Suite, has_rows, ties

SUITE = Suite(
    table="audit.audit_focus",
    query="""
        select subject, expected, actual, difference
        from audit.audit_focus
        where billing_period = $billing_period
        order by subject
    """,
    checks=(
        has_rows("has_sources", "At least one source has charges.", "no source has charges in this period"),
        *ties("The billed cost of each source's FOCUS rows is the sum of its receipts"),
    ),
)

"""The ledger against FOCUS: allocation moves cost, and neither creates nor loses any."""

from expectations.suite import Suite, has_rows, ties

SUITE = Suite(
    table="audit.audit_ledger",
    query="""
        select subject, expected, actual, difference, billing_currency as currency
        from audit.audit_ledger
        where billing_period = $billing_period
        order by subject
    """,
    checks=(
        has_rows("has_ledger", "At least one source is in the ledger.", "the ledger has nothing for this period"),
        *ties("Each cost metric of each source is the same in FOCUS, splits and ledger"),
    ),
)

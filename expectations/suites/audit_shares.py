"""Shares: every pool is divided from exactly 0 to exactly 1, without gap or overlap."""

from expectations.suite import Suite, ties

SUITE = Suite(
    table="audit.audit_shares",
    query="""
        select subject, expected, actual, difference
        from audit.audit_shares
        where billing_period = $billing_period
        order by subject
    """,
    checks=ties("The shares of each pool, scope and window have no break"),
)

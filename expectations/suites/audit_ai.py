"""AI: what teams bear, with what no gateway saw, is the bill, per provider, model and day. An estate may have none."""

from expectations.suite import Suite, ties

SUITE = Suite(
    table="audit.audit_ai",
    query="""
        select subject, expected, actual, difference, billing_currency as currency
        from audit.audit_ai
        where billing_period = $billing_period
        order by subject
    """,
    checks=ties("Each cost metric of each model and day is what its teams bear"),
)

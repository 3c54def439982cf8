"""Pools: what the rules put in is what the owners bear. An estate may have no pool."""

from expectations.suite import Suite, ties

SUITE = Suite(
    table="audit.audit_pools",
    query="""
        select subject, expected, actual, difference, billing_currency as currency
        from audit.audit_pools
        where billing_period = $billing_period
        order by subject
    """,
    checks=ties("Each cost metric of each pool is what its owners bear"),
)

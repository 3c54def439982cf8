"""Cost domains: what nobody owns is owned by a real row, so that no join drops it."""

from expectations.suite import Check, Suite

SUITE = Suite(
    table="finance.dim_cost_domains",
    query="""
        select domain_id
        from finance.dim_cost_domains
        where domain_id = 'unallocated' and $billing_period is not null
    """,
    checks=(
        Check(
            "unallocated_exists",
            "The domain 'unallocated' is there once.",
            "ExpectTableRowCountToEqual",
            {"value": 1},
            lambda row: f"finance.dim_cost_domains: expected one row 'unallocated', found {row['observed']}",
        ),
    ),
)

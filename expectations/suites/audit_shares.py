"""Shares: every pool is divided from exactly 0 to exactly 1, without gap or overlap, among all who used it."""

from expectations.suite import Suite, is_true, ties

SUITE = Suite(
    table="audit.audit_shares",
    query="""
        select
            subject,
            expected,
            actual,
            case when check_id = 'unreached' then 0 else difference end as difference,
            check_id <> 'unreached' or difference = 0 as is_reached
        from audit.audit_shares
        where billing_period = $billing_period
        order by subject
    """,
    checks=(
        *ties("The shares of each pool, scope and window have no break"),
        is_true(
            "is_reached",
            "usage_is_reached",
            "Each pool reaches every domain and pool that its usage driver measures, or excludes it.",
            lambda row: f"{row['subject']}: {row['actual'].normalize():f}",
            severity="warning",
        ),
    ),
)

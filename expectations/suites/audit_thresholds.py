"""Limits that the policy sets: unallocated share, allocation accuracy, tag compliance. The policy says which block."""

from expectations.suite import Row, Suite, is_true


def _figures(row: Row) -> str:
    if row["actual"] is None:
        return f"{row['subject']}: limit {row['expected'].normalize():f}, found nothing to measure"
    return (
        f"{row['subject']}: limit {row['expected'].normalize():f}, found {row['actual'].normalize():f}, "
        f"difference {row['difference'].normalize():f}"
    )


SUITE = Suite(
    table="audit.audit_thresholds",
    query="""
        select
            subject,
            expected,
            actual,
            difference,
            severity <> 'critical' or coalesce(holds, false) as critical_limit_holds,
            severity = 'critical' or coalesce(holds, false) as warning_limit_holds
        from audit.audit_thresholds
        where billing_period = $billing_period
        order by subject
    """,
    checks=(
        is_true(
            "critical_limit_holds",
            "critical_limits_hold",
            "Every limit that the policy calls critical holds.",
            _figures,
        ),
        is_true(
            "warning_limit_holds",
            "warning_limits_hold",
            "Every limit that the policy calls a warning holds.",
            _figures,
            severity="warning",
        ),
    ),
)

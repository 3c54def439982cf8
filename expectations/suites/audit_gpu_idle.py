"""Idle GPUs: what idles of a machine on a day costs at most what the machine was charged for. There may be none."""

from expectations.suite import Suite, is_true, money

SUITE = Suite(
    table="audit.audit_gpu_idle",
    query="""
        select subject, is_within, idle_cost, charged_cost, billing_currency as currency
        from audit.audit_gpu_idle
        where billing_period = $billing_period
        order by subject, identity_id, billing_currency
    """,
    checks=(
        is_true(
            "is_within",
            "idle_is_at_most_charged",
            "Idle GPUs of a resource and day cost at most what the resource was charged for that day.",
            lambda row: (
                f"{row['subject']}: {money(row['idle_cost'], row['currency'])} idle of "
                f"{money(row['charged_cost'], row['currency'])} charged"
            ),
        ),
    ),
)

"""Kubernetes: nodes cost what their namespaces and idle parts do, and feeds do not contradict themselves or the bill.

An estate may have no usage feed of Kubernetes.
"""

from expectations.suite import Suite, figures, is_known, is_true

SUITE = Suite(
    table="audit.audit_kubernetes",
    query="""
        select
            subject,
            expected,
            actual,
            difference,
            billing_currency as currency,
            severity <> 'critical' or coalesce(difference, 0) = 0 as critical_total_ties,
            severity = 'critical' or coalesce(difference, 0) = 0 as warning_total_ties
        from audit.audit_kubernetes
        where billing_period = $billing_period
        order by subject
    """,
    checks=(
        is_known(
            "difference",
            "difference_is_known",
            "What nodes cost and take is known on both sides.",
            lambda row: f"{figures(row)}: a figure is missing",
        ),
        is_true(
            "critical_total_ties",
            "nodes_tie",
            "Namespaces and idle parts bear exactly what nodes cost; nothing takes more of a node than there is.",
            figures,
        ),
        is_true(
            "warning_total_ties",
            "nodes_and_bill_know_each_other",
            "Every node of a usage feed is in the bill, and every billed node in a usage feed, on each of its days.",
            figures,
            severity="warning",
        ),
    ),
)

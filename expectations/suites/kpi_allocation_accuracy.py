"""Allocation accuracy: it exists for the estate, in each of its variants."""

from expectations.suite import Check, Suite

SUITE = Suite(
    table="finance.kpi_allocation_accuracy",
    query="""
        select variant, allocation_accuracy, 'allocation accuracy (' || variant || ') ' || $billing_period as subject
        from finance.kpi_allocation_accuracy
        where billing_period = $billing_period and node_level = 'estate'
        order by variant
    """,
    checks=(
        Check(
            "variants_exist",
            "The estate has one row for each variant: direct, rules, shared.",
            "ExpectTableRowCountToEqual",
            {"value": 3},
            lambda row: f"finance.kpi_allocation_accuracy: expected 3 rows for the estate, found {row['observed']}",
        ),
        Check(
            "accuracy_is_known",
            "Each variant has a share.",
            "ExpectColumnValuesToNotBeNull",
            {"column": "allocation_accuracy"},
            lambda row: f"{row['subject']}: no share, because a rate is missing or the total is not above zero",
            severity="warning",
        ),
    ),
)

"""Changed rules: what the policy wants approved is approved before figures made with it are published."""

from expectations.suite import Suite, is_true

SUITE = Suite(
    table="finance.rule_change_log",
    query="""
        select missing_approval is null as is_approved, missing_approval
        from finance.rule_change_log
        where billing_period = $billing_period
        order by transition_number, policy_file, row_key, change_id
    """,
    checks=(
        is_true(
            "is_approved",
            "changes_are_approved",
            "Every rule change that needs an approval has one.",
            lambda row: str(row["missing_approval"]),
        ),
    ),
)

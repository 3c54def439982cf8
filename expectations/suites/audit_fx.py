"""Exchange rates: every currency that was charged has a rate, never assumed to be 1."""

from expectations.suite import Suite, is_zero

SUITE = Suite(
    table="audit.audit_fx",
    query="""
        select subject, difference
        from audit.audit_fx
        where billing_period = $billing_period
        order by subject
    """,
    checks=(
        is_zero(
            "difference",
            "rates_exist",
            "Every currency pair that the charges need has a rate.",
            lambda row: f"{row['subject']}; add the rate to the policy's fx_rates.csv",
        ),
    ),
)

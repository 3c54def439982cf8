"""The bridge from invoice to owners foots at every step."""

from expectations.suite import Suite, ties

SUITE = Suite(
    table="finance.rpt_invoice_bridge",
    query="""
        with steps as (
            select
                'billed cost by class' as step, issuer, invoice_id, billing_account_id, billing_currency,
                billed_cost as expected,
                billed_usage + billed_purchases + billed_credits + billed_tax + billed_corrections
                    + billed_adjustments as actual
            from finance.rpt_invoice_bridge
            where billing_period = $billing_period
            union all
            select
                'from billed to effective cost', issuer, invoice_id, billing_account_id, billing_currency,
                effective_cost,
                billed_cost - covering_purchases + amortised_used + amortised_unused + other_effective_difference
            from finance.rpt_invoice_bridge
            where billing_period = $billing_period
            union all
            select
                'from effective cost to owners', issuer, invoice_id, billing_account_id, billing_currency,
                effective_cost,
                allocated_cost + unallocated_cost
            from finance.rpt_invoice_bridge
            where billing_period = $billing_period
        )
        select
            coalesce(issuer, 'an issuer that is not named')
                || coalesce(', invoice ' || invoice_id, ', account ' || billing_account_id, '')
                || ', ' || step as subject,
            billing_currency as currency,
            expected,
            actual,
            actual - expected as difference
        from steps
        order by subject
    """,
    checks=ties("Each step of the bridge of each invoice foots"),
)

"""The bridge from the month before to this one foots: what was borne then and every effect are what is borne now."""

from expectations.suite import Suite, ties

SUITE = Suite(
    table="finance.rpt_variance_bridge",
    query="""
        select
            domain_id || coalesce(', pool ' || pool_id, ', ' || service_name, '') as subject,
            billing_currency as currency,
            effective_cost as expected,
            case
                when period_before is null then effective_cost
                else
                    effective_cost_before + usage_effect + rate_effect + new_usage + ended_usage + unmeasured_usage
                    + transferred_in + transferred_out + unused_commitments + purchases + credits + tax + corrections
                    + adjustments + pool_cost_effect + pool_share_effect
            end as actual,
            actual - expected as difference
        from finance.rpt_variance_bridge
        where billing_period = $billing_period
        order by subject
    """,
    checks=ties("The cost before and all effects are the cost now"),
)

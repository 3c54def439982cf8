-- Catches a charge that falls in no class of the bridge or in two, an amortisation that is neither used nor unused, and
-- a split that lost its invoice. It does not judge whether an invoice ties: the gate does.
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

bridge as (

    select
        billing_period,
        issuer,
        invoice_id,
        billing_account_id,
        invoiced_amount + difference as invoiced_and_difference,
        billed_usage + billed_purchases + billed_credits + billed_tax + billed_corrections + billed_adjustments
            as billed_by_class,
        billed_cost,
        billed_cost - covering_purchases + amortised_used + amortised_unused + other_effective_difference
            as billed_to_effective,
        effective_cost,
        allocated_cost + unallocated_cost as owned_cost
    from {{ ref('rpt_invoice_bridge') }}
    where billing_period in (select run_scope.billing_period from run_scope)

)

select *
from bridge
where
    invoiced_and_difference <> billed_cost
    or billed_by_class <> billed_cost
    or billed_to_effective <> effective_cost
    or owned_cost <> effective_cost

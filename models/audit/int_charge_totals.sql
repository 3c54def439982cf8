-- one row per source, billing period and billing currency
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

focus_rows as (

    select * from {{ ref('focus_cost_and_usage') }}

),

final as (

    select
        focus_rows.x_source_id as source_id,
        focus_rows.x_billing_period as billing_period,
        focus_rows.BillingCurrency as billing_currency,
        count(*) as charge_count,
        sum(focus_rows.BilledCost) as billed_cost,
        sum(focus_rows.EffectiveCost) as effective_cost,
        sum(focus_rows.ListCost) as list_cost,
        sum(focus_rows.ContractedCost) as contracted_cost
    from focus_rows
    inner join run_scope
        on focus_rows.x_billing_period = run_scope.billing_period
    group by
        focus_rows.x_source_id,
        focus_rows.x_billing_period,
        focus_rows.BillingCurrency

)

select * from final

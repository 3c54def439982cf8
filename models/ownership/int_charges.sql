-- one row per charge of the periods in scope: what ownership and allocation read of it
{{ config(materialized='view') }}
with focus_cost_and_usage as (

    select * from {{ ref('focus_cost_and_usage') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

final as (

    select
        focus_cost_and_usage.x_source_id as source_id,
        focus_cost_and_usage.x_billing_period as billing_period,
        focus_cost_and_usage.x_charge_id as charge_id,
        focus_cost_and_usage.x_identity_id as identity_id,
        focus_cost_and_usage.x_charge_date as charge_date,
        extract(hour from focus_cost_and_usage.ChargePeriodStart) as charge_hour,
        focus_cost_and_usage.RegionId as region_id,
        focus_cost_and_usage.SubAccountId as sub_account_id,
        focus_cost_and_usage.ChargeCategory as charge_category,
        focus_cost_and_usage.BillingCurrency as billing_currency,
        focus_cost_and_usage.BilledCost as billed_cost,
        focus_cost_and_usage.EffectiveCost as effective_cost,
        focus_cost_and_usage.ListCost as list_cost,
        focus_cost_and_usage.ContractedCost as contracted_cost,
        focus_cost_and_usage.ConsumedQuantity as consumed_quantity,
        focus_cost_and_usage.ConsumedUnit as consumed_unit
    from focus_cost_and_usage
    where focus_cost_and_usage.x_billing_period in (select run_scope.billing_period from run_scope)

)

select * from final

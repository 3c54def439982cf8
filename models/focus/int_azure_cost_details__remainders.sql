-- one row per subscription, day, invoice and currency for which the two exports disagree about what no commitment
-- changes (they ran at different hours of an open month), carried by the group's last row of actual cost
{{ config(materialized='table') }}

with run_scope as (
    select * from {{ ref('stg_landing__run_scope') }}
),

cost_rows as (
    select * from {{ ref('int_azure_cost_details__rows') }}
    where x_billing_period in (select billing_period from run_scope)
),

-- what was billed is in the actual cost, to the last digit
groups as (
    select
        x_source_id,
        x_billing_period,
        x_delivery_id,
        coalesce(max(case when data_set = 'ActualCost' then x_charge_id end), max(x_charge_id)) as x_charge_id,
        sum(case when data_set = 'ActualCost' then cost else 0 end) as actual_cost,
        sum(billed_cost) as billed_cost
    from cost_rows
    where data_set <> 'Usage'
    group by
        x_source_id, x_billing_period, x_delivery_id, subscription_id, charge_date, invoice_id, billing_currency,
        billing_profile_id, billing_account_id, partner_name
),

final as (
    select
        x_source_id,
        x_billing_period,
        x_charge_id,
        cast(actual_cost - billed_cost as decimal(38, 12)) as amount
    from groups
    where actual_cost <> billed_cost
)

select * from final

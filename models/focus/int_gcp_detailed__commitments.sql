-- one row per source, billing period and commitment whose used part is billed with the usage (since 2025)
{{ config(materialized='table') }}

with run_scope as (
    select * from {{ ref('stg_landing__run_scope') }}
),

export_rows as (
    select
        x_source_id,
        x_billing_period,
        x_charge_id,
        subscription,
        consumption_model,
        credits,
        cost
    from {{ ref('stg_gcp__detailed') }}
    where
        x_billing_period in (select billing_period from run_scope)
        and subscription is not null
),

-- a commitment's fees are lines of the default model with a subscription, what it covers are lines of its own model
lines as (
    select
        x_source_id,
        x_billing_period,
        x_charge_id,
        subscription,
        cost,
        nullif({{ json_value('consumption_model', 'description') }}, 'Default') as commitment_name,
        -coalesce({{ json_sum(json_elements_like('credits', 'FEE_UTILIZATION_OFFSET'), 'amount') }}, 0) as offset_cost
    from export_rows
    where {{ json_value('subscription', 'instance_id') }} is not null
),

commitments as (
    select
        x_source_id,
        x_billing_period,
        subscription,
        max(commitment_name) as commitment_name,
        sum(case when commitment_name is not null then cost else 0 end) as covered_cost,
        sum(offset_cost) as offset_cost,
        max(case when offset_cost <> 0 then x_charge_id end) as fee_charge_id
    from lines
    group by x_source_id, x_billing_period, subscription
),

final as (
    select
        x_source_id,
        x_billing_period,
        subscription,
        commitment_name,
        -- both sides are there: the offset of the fees is what was billed with the usage instead
        commitment_name is not null and fee_charge_id is not null as is_offset,
        fee_charge_id,
        cast(covered_cost - offset_cost as decimal(38, 12)) as remainder
    from commitments
    where commitment_name is not null or fee_charge_id is not null
)

select * from final

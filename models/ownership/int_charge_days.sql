-- one row per source, billing period, identity, charge day and unit of consumption
-- Free of policy, so that a changed policy reads it as it is, and a restated month replaces its own part only.
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(
    materialized='partitioned',
    partition_by=['source_id', 'billing_period'],
    is_small=true,
    partitions_from='focus.int_charge_partitions',
    order_by=['identity_id', 'charge_date', 'consumed_unit'],
) }}
with focus_cost_and_usage as (

    select * from {{ ref('focus_cost_and_usage') }}

),

final as (

    select
        x_source_id as source_id,
        x_billing_period as billing_period,
        x_identity_id as identity_id,
        x_charge_date as charge_date,
        ConsumedUnit as consumed_unit,
        sum(EffectiveCost) as effective_cost,
        sum(ConsumedQuantity) as consumed_quantity,
        count(*) as charge_count,
        max(x_charge_id) as last_charge_id
    from focus_cost_and_usage
    group by
        x_source_id,
        x_billing_period,
        x_identity_id,
        x_charge_date,
        ConsumedUnit

)

select * from final

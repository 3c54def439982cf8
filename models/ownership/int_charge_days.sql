-- one row per billing period, identity, charge day, hour (null unless a pool is divided by the hour) and unit of
-- consumption
with focus_cost_and_usage as (

    select * from {{ ref('focus_cost_and_usage') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

pools as (

    select * from {{ ref('pools') }}

),

pool_fallbacks as (

    select * from {{ ref('pool_fallbacks') }}

),

measured_periods as (

    {{ measured_periods() }}

),

hourly_pools as (

    select count(*) as pool_count
    from pools
    where driver_window = 'charge_hour'

),

charges as (

    select
        focus_cost_and_usage.x_billing_period as billing_period,
        focus_cost_and_usage.x_identity_id as identity_id,
        focus_cost_and_usage.x_charge_id as charge_id,
        focus_cost_and_usage.x_charge_date as charge_date,
        case
            when hourly_pools.pool_count > 0 then extract(hour from focus_cost_and_usage.ChargePeriodStart)
        end as charge_hour,
        focus_cost_and_usage.ConsumedUnit as consumed_unit,
        focus_cost_and_usage.EffectiveCost as effective_cost,
        focus_cost_and_usage.ConsumedQuantity as consumed_quantity
    from focus_cost_and_usage
    cross join hourly_pools
    where focus_cost_and_usage.x_billing_period in (select measured_periods.billing_period from measured_periods)

),

final as (

    select
        billing_period,
        identity_id,
        charge_date,
        charge_hour,
        consumed_unit,
        sum(effective_cost) as effective_cost,
        sum(consumed_quantity) as consumed_quantity,
        count(*) as charge_count,
        max(charge_id) as last_charge_id
    from charges
    group by
        billing_period,
        identity_id,
        charge_date,
        charge_hour,
        consumed_unit

)

select * from final

-- one row per billing period, identity, charge day, hour and unit of consumption, of what is divided by the hour
-- Empty unless some pool is divided by the hour: then the charges of such pools, and all charges when one of them goes
-- by what charges themselves cost or consume in the hour.
{{ config(
    materialized='table_when',
    needed_when="select 1 from allocation.int_charge_owners where driver_window = 'charge_hour'",
) }}
with charges as (

    select * from {{ ref('int_charges') }}

),

owners as (

    select * from {{ ref('int_charge_owners') }}

),

pools as (

    select * from {{ ref('pools') }}

),

pool_fallbacks as (

    select * from {{ ref('pool_fallbacks') }}

),

drivers as (

    select * from {{ ref('drivers') }}

),

hourly_drivers as (

    select lower(trim(driver_id)) as driver_key
    from pools
    where driver_window = 'charge_hour'
    union
    select lower(trim(pool_fallbacks.driver_id)) as driver_key
    from pool_fallbacks
    left join pools
        on lower(trim(pool_fallbacks.pool_id)) = lower(trim(pools.pool_id))
    where coalesce(pool_fallbacks.driver_window, pools.driver_window) = 'charge_hour'

),

measuring_charges as (

    select count(*) as driver_count
    from drivers
    inner join hourly_drivers
        on lower(trim(drivers.driver_id)) = hourly_drivers.driver_key
    where drivers.kind in ('spend', 'quantity')

),

wanted as (

    select distinct owners.identity_id
    from owners
    cross join measuring_charges
    where
        owners.driver_window = 'charge_hour'
        or measuring_charges.driver_count > 0

),

final as (

    select
        charges.billing_period,
        charges.identity_id,
        charges.charge_date,
        charges.charge_hour,
        charges.consumed_unit,
        sum(charges.effective_cost) as effective_cost,
        sum(charges.consumed_quantity) as consumed_quantity,
        count(*) as charge_count
    from charges
    where charges.identity_id in (select wanted.identity_id from wanted)
    group by
        charges.billing_period,
        charges.identity_id,
        charges.charge_date,
        charges.charge_hour,
        charges.consumed_unit

)

select * from final

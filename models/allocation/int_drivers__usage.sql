-- one row per pool version, scope, window and target that a usage feed names; target '*' is the whole that it measures
{{ config(materialized='view') }}
with memberships as (

    select * from {{ ref('pool_membership') }}

),

drivers as (

    select * from {{ ref('drivers') }}

),

driver_usage as (

    select * from {{ ref('int_driver_usage') }}

),

-- pools that ask the same of a driver are measured once
measurements as (

    select distinct
        measurement_id,
        lower(trim(driver_id)) as driver_key,
        scope_by,
        measured_period,
        measured_from,
        measured_to,
        measured_hour
    from memberships
    where driver_id is not null

),

asked as (

    select distinct
        driver_key,
        scope_by
    from measurements

),

-- one missing reading makes the target's total unknown: null, never the sum of the others
daily as (

    select
        asked.driver_key,
        asked.scope_by,
        case when asked.scope_by is null then '' else lower(trim(coalesce(driver_usage.scope, ''))) end as scope_key,
        driver_usage.usage_date,
        driver_usage.usage_hour,
        lower(trim(driver_usage.target)) as target_key,
        min(drivers.unit) as unit,
        case when count(*) = count(driver_usage.quantity) then sum(driver_usage.quantity) end as quantity
    from driver_usage
    inner join drivers
        on
            lower(trim(driver_usage.driver)) = lower(trim(drivers.driver_id))
            and {{ same_or_any('drivers.source_id', 'driver_usage.source_id') }}
            and driver_usage.usage_date >= drivers.valid_from
            and driver_usage.usage_date < drivers.valid_to
    inner join asked
        on lower(trim(drivers.driver_id)) = asked.driver_key
    where drivers.kind in ('usage', 'amount')
    group by
        asked.driver_key,
        asked.scope_by,
        case when asked.scope_by is null then '' else lower(trim(coalesce(driver_usage.scope, ''))) end,
        driver_usage.usage_date,
        driver_usage.usage_hour,
        lower(trim(driver_usage.target))

),

windowed as (

    select
        measurements.measurement_id,
        daily.scope_key,
        daily.target_key,
        min(daily.unit) as unit,
        case when count(*) = count(daily.quantity) then sum(daily.quantity) end as quantity
    from daily
    inner join measurements
        on
            daily.driver_key = measurements.driver_key
            and coalesce(daily.scope_by, '') = coalesce(measurements.scope_by, '')
    where
        (
            (
                measurements.measured_from is null
                and daily.usage_date >= {{ period_start('measurements.measured_period') }}
                and daily.usage_date < {{ period_end('measurements.measured_period') }}
            )
            or (daily.usage_date >= measurements.measured_from and daily.usage_date < measurements.measured_to)
        )
        and (measurements.measured_hour = -1 or daily.usage_hour = measurements.measured_hour)
    group by
        measurements.measurement_id,
        daily.scope_key,
        daily.target_key

),

final as (

    select
        memberships.membership_id,
        memberships.pool_id,
        memberships.pool_version,
        memberships.scope_key,
        memberships.window_start,
        memberships.billing_period,
        windowed.target_key as domain_id,
        windowed.quantity,
        windowed.unit
    from memberships
    inner join windowed
        on
            memberships.measurement_id = windowed.measurement_id
            and memberships.scope_key = windowed.scope_key

)

select * from final

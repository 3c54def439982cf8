-- one row per pool version, scope, window and target that a usage feed names
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
        lower(trim(driver_id)) as driver_key,
        driver_window,
        coalesce(scope_by, '') as scope_by
    from memberships

),

measured as (

    select
        lower(trim(drivers.driver_id)) as driver_key,
        drivers.unit,
        driver_usage.usage_date,
        lower(trim(coalesce(driver_usage.scope, ''))) as scope,
        lower(trim(driver_usage.target)) as target_key,
        driver_usage.quantity
    from driver_usage
    inner join drivers
        on
            lower(trim(driver_usage.driver)) = lower(trim(drivers.driver_id))
            and {{ same_or_any('drivers.source_id', 'driver_usage.source_id') }}
            and driver_usage.usage_date >= drivers.valid_from
            and driver_usage.usage_date < drivers.valid_to
    where drivers.kind = 'usage'

),

placed as (

    select
        measurements.driver_key,
        measurements.driver_window,
        measurements.scope_by,
        case when measurements.scope_by = '' then '' else measured.scope end as scope_key,
        case
            when measurements.driver_window = 'billing_month'
                then cast({{ dbt.date_trunc('month', 'measured.usage_date') }} as date)
            else measured.usage_date
        end as window_start,
        measured.target_key,
        measured.unit,
        measured.quantity
    from measured
    inner join measurements
        on measured.driver_key = measurements.driver_key

),

-- one missing reading makes the target's total unknown: null, never the sum of the others
windowed as (

    select
        driver_key,
        driver_window,
        scope_by,
        scope_key,
        window_start,
        target_key,
        min(unit) as unit,
        case when count(*) = count(quantity) then sum(quantity) end as quantity
    from placed
    group by
        driver_key,
        driver_window,
        scope_by,
        scope_key,
        window_start,
        target_key

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
            lower(trim(memberships.driver_id)) = windowed.driver_key
            and memberships.driver_window = windowed.driver_window
            and coalesce(memberships.scope_by, '') = windowed.scope_by
            and memberships.scope_key = windowed.scope_key
            and memberships.window_start = windowed.window_start

)

select * from final

-- one row per pool version, scope, billing period and window that has charges to divide
with charge_days as (

    select * from {{ ref('int_charge_days') }}

),

owners as (

    select * from {{ ref('int_charge_owners') }}

),

pools as (

    select * from {{ ref('pools') }}

),

pooled as (

    select distinct
        owners.pool_id,
        owners.pool_version,
        owners.scope_key,
        owners.pool_scope_id,
        owners.driver_window,
        charge_days.billing_period,
        {{ window_start('owners.driver_window', 'charge_days.charge_date', 'charge_days.billing_period') }}
            as window_start
    from charge_days
    inner join owners
        on
            charge_days.identity_id = owners.identity_id
            and charge_days.charge_date >= owners.segment_from
            and charge_days.charge_date < owners.segment_to
    where owners.pool_scope_id is not null

),

windows as (

    select
        pool_id,
        pool_version,
        scope_key,
        pool_scope_id,
        driver_window,
        billing_period,
        window_start,
        case driver_window
            when 'billing_month' then {{ period_end('billing_period') }}
            else cast({{ dbt.dateadd('day', 1, 'window_start') }} as date)
        end as window_end
    from pooled

),

final as (

    select
        {{ integer_key(['windows.pool_scope_id', 'windows.billing_period', 'windows.window_start']) }}
            as membership_id,
        windows.pool_id,
        windows.pool_version,
        windows.scope_key,
        windows.pool_scope_id,
        windows.billing_period,
        windows.window_start,
        windows.window_end,
        -- a target may bear a part when it is in force on some day of the window on which this version is
        case
            when pools.valid_from < windows.window_end and pools.valid_to > windows.window_start
                then greatest(windows.window_start, pools.valid_from)
            else windows.window_start
        end as eligible_from,
        case
            when pools.valid_from < windows.window_end and pools.valid_to > windows.window_start
                then least(windows.window_end, pools.valid_to)
            else windows.window_end
        end as eligible_to,
        pools.pool_name,
        pools.method,
        pools.method_id,
        pools.driver_id,
        windows.driver_window,
        pools.scope_by,
        pools.fallback_domain_id
    from windows
    inner join pools
        on
            windows.pool_id = pools.pool_id
            and windows.pool_version = pools.pool_version

)

select * from final

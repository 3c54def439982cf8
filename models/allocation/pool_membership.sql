-- one row per pool version, scope, window and attempt to divide it
-- A pool is divided for the charges that go to it, and once more for each window of a pool that feeds it, so that what
-- arrives is divided as of then. Attempt 0 is what the pool declares, the others are its chain of fallbacks. Rows that
-- differ only in where cost comes from, or in an hour that their driver does not look at, have one division.
with charge_days as (

    select * from {{ ref('int_charge_days') }}

),

charge_hours as (

    select * from {{ ref('int_charge_hours') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

owners as (

    select * from {{ ref('int_charge_owners') }}

),

pools as (

    select * from {{ ref('pools') }}

),

pool_targets as (

    select * from {{ ref('pool_targets') }}

),

pool_fallbacks as (

    select * from {{ ref('pool_fallbacks') }}

),

-- days are enough for what is not divided by the hour
charge_times as (

    select distinct
        billing_period,
        identity_id,
        charge_date,
        cast(null as bigint) as charge_hour
    from charge_days
    union all
    select distinct
        billing_period,
        identity_id,
        charge_date,
        cast(charge_hour as bigint) as charge_hour
    from charge_hours

),

pooled as (

    select distinct
        owners.pool_id,
        owners.pool_version,
        owners.scope_key,
        owners.driver_window as division,
        charge_times.billing_period,
        charge_times.charge_date,
        owners.cut_from,
        {{ window_start(
            'owners.driver_window', 'charge_times.charge_date', 'charge_times.billing_period', 'owners.cut_from'
        ) }} as window_start,
        {{ window_hour('owners.driver_window', 'charge_times.charge_hour') }} as window_hour
    from charge_times
    inner join run_scope
        on charge_times.billing_period = run_scope.billing_period
    inner join owners
        on
            charge_times.identity_id = owners.identity_id
            and charge_times.charge_date >= owners.segment_from
            and charge_times.charge_date < owners.segment_to
    where
        owners.pool_scope_id is not null
        and (owners.driver_window = 'charge_hour') = (charge_times.charge_hour is not null)

),

-- a month ends where its next part begins: the cut is known from the policy, whatever charges there are
month_cuts as (

    select distinct
        pool_id,
        cut_from
    from owners
    where cut_from is not null

),

windows as (

    select
        pooled.pool_id,
        pooled.pool_version,
        pooled.scope_key,
        pooled.division,
        pooled.billing_period,
        pooled.window_start,
        pooled.window_hour,
        case
            when pooled.division = 'billing_month'
                then coalesce(min(month_cuts.cut_from), {{ period_end('pooled.billing_period') }})
            else cast({{ dbt.dateadd('day', 1, 'pooled.window_start') }} as date)
        end as window_end
    from pooled
    left join month_cuts
        on
            pooled.pool_id = month_cuts.pool_id
            and pooled.division = 'billing_month'
            and pooled.window_start < month_cuts.cut_from
            and {{ period_end('pooled.billing_period') }} > month_cuts.cut_from
    group by
        pooled.pool_id,
        pooled.pool_version,
        pooled.scope_key,
        pooled.division,
        pooled.billing_period,
        pooled.window_start,
        pooled.window_hour

),

feeds as (

    select
        lower(trim(pool_id)) as pool_key,
        lower(trim(target_pool_id)) as target_pool_key,
        valid_from,
        valid_to
    from pool_targets
    where
        target_pool_id is not null
        and not coalesce(excluded, false)

),

own_groups as (

    select
        windows.billing_period,
        windows.window_start,
        windows.window_end,
        windows.window_hour,
        pools.scope_by,
        windows.scope_key,
        windows.pool_id,
        windows.pool_version,
        pools.scope_by as divided_by,
        windows.scope_key as divided_key,
        true as has_charges
    from windows
    inner join pools
        on
            windows.pool_id = pools.pool_id
            and windows.pool_version = pools.pool_version

),

feeding_groups as (

    select distinct
        own_groups.billing_period,
        own_groups.window_start,
        own_groups.window_end,
        own_groups.window_hour,
        own_groups.scope_by,
        own_groups.scope_key
    from own_groups
    inner join feeds
        on
            lower(trim(own_groups.pool_id)) = feeds.pool_key
            and {{ in_force('own_groups.window_start', 'feeds') }}

),

-- any pool that is fed by some pool may be reached
fed_pools as (

    select distinct
        feeding_days.window_start,
        pools.pool_id,
        pools.pool_version,
        pools.scope_by,
        pools.driver_window
    from (select distinct window_start from feeding_groups) as feeding_days
    inner join feeds
        on {{ in_force('feeding_days.window_start', 'feeds') }}
    inner join pools
        on
            feeds.target_pool_key = lower(trim(pools.pool_id))
            and {{ in_force('feeding_days.window_start', 'pools') }}

),

-- days on which a fed pool, or a fallback of one, asks for the hour: on all others, what arrives in any hour is divided
-- in the same way
hourly_days as (

    select distinct fed_pools.window_start
    from fed_pools
    left join pool_fallbacks
        on
            lower(trim(fed_pools.pool_id)) = lower(trim(pool_fallbacks.pool_id))
            and {{ in_force('fed_pools.window_start', 'pool_fallbacks') }}
    where
        fed_pools.driver_window = 'charge_hour'
        or pool_fallbacks.driver_window = 'charge_hour'

),

-- a pool that is partitioned in another way than the one that feeds it is divided as a whole
fed_groups as (

    select distinct
        feeding_groups.billing_period,
        feeding_groups.window_start,
        feeding_groups.window_end,
        case when hourly_days.window_start is not null then feeding_groups.window_hour else -1 end as window_hour,
        feeding_groups.scope_by,
        feeding_groups.scope_key,
        fed_pools.pool_id,
        fed_pools.pool_version,
        case when fed_pools.scope_by = feeding_groups.scope_by then fed_pools.scope_by end as divided_by,
        case when fed_pools.scope_by = feeding_groups.scope_by then feeding_groups.scope_key else '' end as divided_key,
        false as has_charges
    from feeding_groups
    inner join fed_pools
        on feeding_groups.window_start = fed_pools.window_start
    left join hourly_days
        on feeding_groups.window_start = hourly_days.window_start

),

divided as (

    select
        billing_period,
        window_start,
        window_end,
        window_hour,
        scope_by,
        scope_key,
        pool_id,
        pool_version,
        divided_by,
        divided_key,
        max(case when has_charges then 1 else 0 end) = 1 as has_charges
    from (
        select * from own_groups
        union all
        select * from fed_groups
    ) as all_groups
    group by
        billing_period,
        window_start,
        window_end,
        window_hour,
        scope_by,
        scope_key,
        pool_id,
        pool_version,
        divided_by,
        divided_key

),

identified as (

    select
        {{ integer_key([
            'divided.billing_period', 'divided.window_start', 'divided.window_end', 'divided.window_hour',
            'divided.scope_by', 'divided.scope_key',
        ]) }} as context_id,
        {{ integer_key([
            'divided.billing_period', 'divided.window_start', 'divided.window_end',
            'case when hourly_days.window_start is not null then divided.window_hour else -1 end',
            'divided.scope_by', 'divided.scope_key',
        ]) }} as fed_context_id,
        divided.pool_id,
        divided.pool_version,
        divided.divided_key as scope_key,
        divided.divided_by as scope_by,
        {{ integer_key(['divided.pool_id', 'divided.pool_version', 'divided.divided_key']) }} as pool_scope_id,
        divided.billing_period,
        divided.window_start,
        divided.window_end,
        divided.window_hour,
        divided.has_charges,
        -- a target may bear a part when it is in force on some day of the window on which this version is
        case
            when pools.valid_from < divided.window_end and pools.valid_to > divided.window_start
                then greatest(divided.window_start, pools.valid_from)
            else divided.window_start
        end as eligible_from,
        case
            when pools.valid_from < divided.window_end and pools.valid_to > divided.window_start
                then least(divided.window_end, pools.valid_to)
            else divided.window_end
        end as eligible_to,
        pools.pool_name,
        pools.step,
        pools.method,
        pools.method_id,
        pools.driver_id,
        pools.driver_window,
        pools.fallback_domain_id,
        pools.floor_share,
        pools.cap_share
    from divided
    inner join pools
        on
            divided.pool_id = pools.pool_id
            and divided.pool_version = pools.pool_version
    left join hourly_days
        on divided.window_start = hourly_days.window_start

),

attempts as (

    select
        context_id,
        pool_id,
        pool_version,
        0 as attempt,
        method,
        driver_id,
        driver_window
    from identified
    union all
    select
        identified.context_id,
        identified.pool_id,
        identified.pool_version,
        pool_fallbacks.attempt,
        pool_fallbacks.method,
        pool_fallbacks.driver_id,
        coalesce(pool_fallbacks.driver_window, identified.driver_window) as driver_window
    from identified
    inner join pool_fallbacks
        on
            lower(trim(identified.pool_id)) = lower(trim(pool_fallbacks.pool_id))
            and {{ in_force('identified.window_start', 'pool_fallbacks') }}

),

-- the time over which a driver is measured: months by what is billed in them, days by when it was used
measured as (

    select
        {{ integer_key(['identified.context_id', 'identified.pool_id', 'identified.pool_version']) }} as group_id,
        identified.context_id,
        identified.fed_context_id,
        identified.pool_id,
        identified.pool_version,
        identified.scope_key,
        identified.scope_by,
        identified.pool_scope_id,
        identified.billing_period,
        identified.window_start,
        identified.window_end,
        identified.window_hour,
        identified.has_charges,
        identified.eligible_from,
        identified.eligible_to,
        identified.pool_name,
        identified.step,
        attempts.attempt,
        attempts.method,
        identified.method_id,
        attempts.driver_id,
        case when attempts.driver_id is not null then coalesce(attempts.driver_window, 'charge_day') end
            as driver_window,
        identified.fallback_domain_id,
        identified.floor_share,
        identified.cap_share,
        case
            when attempts.driver_id is null or {{ trailing_days('attempts.driver_window') }} is not null then null
            when attempts.driver_window = 'previous_month'
                then
                    substr(
                        cast(
                            cast({{ dbt.dateadd('month', -1, period_start('identified.billing_period')) }} as date)
                            as {{ dbt.type_string() }}
                        ),
                        1,
                        7
                    )
            else identified.billing_period
        end as measured_period,
        case
            when attempts.driver_id is null or attempts.driver_window in ('billing_month', 'previous_month') then null
            when {{ trailing_days('attempts.driver_window') }} is not null
                then cast(
                    {{ dbt.dateadd('day', '-' ~ trailing_days('attempts.driver_window'), 'identified.window_end') }}
                    as date
                )
            else identified.window_start
        end as measured_from,
        case
            when attempts.driver_id is null or attempts.driver_window in ('billing_month', 'previous_month') then null
            else identified.window_end
        end as measured_to,
        case
            when attempts.driver_id is not null and attempts.driver_window = 'charge_hour' then identified.window_hour
            else -1
        end as measured_hour
    from identified
    inner join attempts
        on
            identified.context_id = attempts.context_id
            and identified.pool_id = attempts.pool_id
            and identified.pool_version = attempts.pool_version

),

final as (

    select
        case
            when attempt = 0 then group_id
            else {{ integer_key(['group_id', 'attempt']) }}
        end as membership_id,
        group_id,
        attempt,
        {{ integer_key([
            'pool_scope_id', 'scope_by', 'billing_period', 'window_start', 'window_end', 'attempt', 'measured_hour',
        ]) }} as division_id,
        context_id,
        fed_context_id,
        pool_id,
        pool_version,
        scope_key,
        pool_scope_id,
        billing_period,
        window_start,
        window_end,
        window_hour,
        has_charges,
        eligible_from,
        eligible_to,
        pool_name,
        step,
        method,
        method_id,
        driver_id,
        driver_window,
        scope_by,
        fallback_domain_id,
        floor_share,
        cap_share,
        case when driver_id is not null then {{ integer_key([
            'lower(trim(driver_id))', 'scope_by', 'billing_period', 'measured_period', 'measured_from', 'measured_to',
            'measured_hour',
        ]) }} end as measurement_id,
        measured_period,
        measured_from,
        measured_to,
        measured_hour
    from measured

)

select * from final

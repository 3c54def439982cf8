-- one row per source and billing period: a fingerprint of all that its splits are made of
-- The same fingerprint means the same splits: the same charges (the deliveries in force), the same owner of every
-- identity on every day it has charges, the same shares of the pools it uses. Row keys are added up rather than
-- hashed in order, so that the size of an estate does not matter; periods out of scope keep what they have.
with partitions as (

    select * from {{ ref('int_charge_partitions') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

charge_days as (

    select * from {{ ref('int_charge_days') }}

),

charge_hours as (

    select * from {{ ref('int_charge_hours') }}

),

owners as (

    select * from {{ ref('int_charge_owners') }}

),

shares as (

    select * from {{ ref('allocation_shares') }}

),

keyed_owners as (

    select
        identity_id,
        segment_from,
        segment_to,
        pool_scope_id,
        driver_window,
        cut_from,
        {{ integer_key([
            'domain_id', 'pool_id', 'pool_version', 'scope_key', 'rule_id', 'rule_version', 'attribution_method', 'reason',
        ]) }} as owner_key
    from owners

),

owned_days as (

    select
        charge_days.source_id,
        charge_days.billing_period,
        charge_days.identity_id,
        charge_days.charge_date,
        owners.pool_scope_id,
        owners.driver_window,
        {{ window_start(
            'owners.driver_window', 'charge_days.charge_date', 'charge_days.billing_period', 'owners.cut_from'
        ) }} as window_start,
        owners.owner_key,
        {{ integer_key(['charge_days.charge_date']) }} as day_key
    from charge_days
    inner join run_scope
        on charge_days.billing_period = run_scope.billing_period
    left join keyed_owners as owners
        on
            charge_days.identity_id = owners.identity_id
            and charge_days.charge_date >= owners.segment_from
            and charge_days.charge_date < owners.segment_to

),

-- an identity's owner, and the days that it has charges on under that owner
owner_days as (

    select
        source_id,
        billing_period,
        {{ integer_key(['identity_id', 'owner_key', 'sum(cast(day_key as decimal(38, 0)))']) }} as days_key
    from owned_days
    group by
        source_id,
        billing_period,
        identity_id,
        owner_key

),

owner_totals as (

    select
        source_id,
        billing_period,
        sum(cast(days_key as decimal(38, 0))) as owner_total
    from owner_days
    group by
        source_id,
        billing_period

),

used_groups as (

    select distinct
        source_id,
        billing_period,
        pool_scope_id,
        window_start,
        -1 as window_hour
    from owned_days
    where
        pool_scope_id is not null
        and driver_window <> 'charge_hour'
    union
    select
        owned_days.source_id,
        owned_days.billing_period,
        owned_days.pool_scope_id,
        owned_days.window_start,
        cast(charge_hours.charge_hour as integer) as window_hour
    from owned_days
    inner join charge_hours
        on
            owned_days.billing_period = charge_hours.billing_period
            and owned_days.identity_id = charge_hours.identity_id
            and owned_days.charge_date = charge_hours.charge_date
    where owned_days.driver_window = 'charge_hour'

),

share_totals as (

    select
        used_groups.source_id,
        used_groups.billing_period,
        sum(cast({{ integer_key([
            'shares.share_id', 'shares.domain_id', 'shares.share_from', 'shares.share_to', 'shares.allocation_method',
            'shares.reason',
        ]) }} as decimal(38, 0))) as share_total
    from used_groups
    inner join shares
        on
            used_groups.pool_scope_id = shares.pool_scope_id
            and used_groups.window_start = shares.window_start
            and used_groups.window_hour = shares.window_hour
            and used_groups.billing_period = shares.billing_period
    group by
        used_groups.source_id,
        used_groups.billing_period

),

final as (

    select
        partitions.source_id,
        partitions.billing_period,
        md5(concat(
            partitions.fingerprint,
            ' ', coalesce(cast(owner_totals.owner_total as varchar), ''),
            ' ', coalesce(cast(share_totals.share_total as varchar), '')
        )) as fingerprint
    from partitions
    left join owner_totals
        on
            partitions.source_id = owner_totals.source_id
            and partitions.billing_period = owner_totals.billing_period
    left join share_totals
        on
            partitions.source_id = share_totals.source_id
            and partitions.billing_period = share_totals.billing_period

)

select * from final

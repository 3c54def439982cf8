-- one row per pool version, scope, window and target that may bear a part of it
with memberships as (

    select * from {{ ref('pool_membership') }}

),

pool_targets as (

    select * from {{ ref('pool_targets') }}

),

cost_domains as (

    select * from {{ ref('cost_domains') }}

),

driver_quantities as (

    select * from {{ ref('driver_quantities') }}

),

listed_pools as (

    select distinct lower(trim(pool_id)) as pool_key
    from pool_targets

),

listed as (

    select
        memberships.membership_id,
        cost_domains.domain_id,
        max(pool_targets.share) as fixed_share
    from memberships
    inner join pool_targets
        on
            lower(trim(memberships.pool_id)) = lower(trim(pool_targets.pool_id))
            and memberships.eligible_to > pool_targets.valid_from
            and memberships.eligible_from < pool_targets.valid_to
    inner join cost_domains
        on
            lower(trim(pool_targets.domain_id)) = lower(trim(cost_domains.domain_id))
            and memberships.eligible_to > cost_domains.valid_from
            and memberships.eligible_from < cost_domains.valid_to
    group by
        memberships.membership_id,
        cost_domains.domain_id

),

-- a pool that names no targets at all reaches every domain in force
unlisted as (

    select distinct
        memberships.membership_id,
        cost_domains.domain_id,
        cast(null as decimal(38, 12)) as fixed_share
    from memberships
    left join listed_pools
        on lower(trim(memberships.pool_id)) = listed_pools.pool_key
    inner join cost_domains
        on
            memberships.eligible_to > cost_domains.valid_from
            and memberships.eligible_from < cost_domains.valid_to
    where listed_pools.pool_key is null

),

eligible as (

    select
        membership_id,
        domain_id,
        fixed_share
    from listed
    union all
    select
        membership_id,
        domain_id,
        fixed_share
    from unlisted

),

final as (

    select
        {{ integer_key(['eligible.membership_id', 'eligible.domain_id']) }} as candidate_id,
        eligible.membership_id,
        memberships.pool_id,
        memberships.pool_version,
        memberships.scope_key,
        memberships.billing_period,
        memberships.window_start,
        memberships.method,
        eligible.domain_id,
        eligible.fixed_share,
        driver_quantities.membership_id is not null as has_driver_row,
        driver_quantities.quantity as driver_quantity,
        driver_quantities.unit as driver_unit
    from eligible
    inner join memberships
        on eligible.membership_id = memberships.membership_id
    left join driver_quantities
        on
            eligible.membership_id = driver_quantities.membership_id
            and lower(trim(eligible.domain_id)) = lower(trim(driver_quantities.domain_id))

)

select * from final

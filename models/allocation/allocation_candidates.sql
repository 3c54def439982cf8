-- one row per pool version, scope, window, attempt and target that may bear a part of it: a domain, or a pool that it
-- feeds, or nobody
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

known_targets as (

    {{ known_targets() }}

),

-- a row names a domain, or every domain with the attributes that it gives, or a pool
named_targets as (

    select
        pool_targets.pool_id,
        pool_targets.scope,
        cost_domains.domain_id,
        cost_domains.environment,
        cast(null as {{ dbt.type_string() }}) as target_pool_id,
        pool_targets.share,
        pool_targets.floor_share,
        pool_targets.cap_share,
        pool_targets.excluded,
        greatest(pool_targets.valid_from, cost_domains.valid_from) as valid_from,
        least(pool_targets.valid_to, cost_domains.valid_to) as valid_to
    from pool_targets
    inner join cost_domains
        on
            lower(trim(pool_targets.domain_id)) = lower(trim(cost_domains.domain_id))
            and pool_targets.valid_from < cost_domains.valid_to
            and pool_targets.valid_to > cost_domains.valid_from

    union all

    select
        pool_targets.pool_id,
        pool_targets.scope,
        cost_domains.domain_id,
        cost_domains.environment,
        cast(null as {{ dbt.type_string() }}) as target_pool_id,
        pool_targets.share,
        pool_targets.floor_share,
        pool_targets.cap_share,
        pool_targets.excluded,
        greatest(pool_targets.valid_from, cost_domains.valid_from) as valid_from,
        least(pool_targets.valid_to, cost_domains.valid_to) as valid_to
    from pool_targets
    inner join cost_domains
        on
            {{ same_or_any('pool_targets.business_unit', 'cost_domains.business_unit') }}
            and {{ same_or_any('pool_targets.cost_centre', 'cost_domains.cost_centre') }}
            and {{ same_or_any('pool_targets.product', 'cost_domains.product') }}
            and {{ same_or_any('pool_targets.environment', 'cost_domains.environment') }}
            and pool_targets.valid_from < cost_domains.valid_to
            and pool_targets.valid_to > cost_domains.valid_from
    where
        pool_targets.domain_id is null
        and pool_targets.target_pool_id is null

    union all

    select
        pool_id,
        scope,
        cast(null as {{ dbt.type_string() }}) as domain_id,
        cast(null as {{ dbt.type_string() }}) as environment,
        target_pool_id,
        share,
        floor_share,
        cap_share,
        excluded,
        valid_from,
        valid_to
    from pool_targets
    where target_pool_id is not null

),

targets as (

    select
        lower(trim(pool_id)) as pool_key,
        lower(trim(scope)) as scope_key,
        domain_id,
        lower(trim(environment)) as environment,
        target_pool_id,
        share,
        floor_share,
        cap_share,
        share is not null
        or floor_share is not null
        or cap_share is not null
        or target_pool_id is not null as is_numbered,
        coalesce(excluded, false) as is_excluded,
        valid_from,
        valid_to
    from named_targets

),

listed_pools as (

    select distinct lower(trim(pool_id)) as pool_key
    from pool_targets
    where not coalesce(excluded, false)

),

-- a scope with rows of its own is divided by these alone
listed_scopes as (

    select distinct
        lower(trim(pool_id)) as pool_key,
        lower(trim(scope)) as scope_key,
        valid_from,
        valid_to
    from pool_targets
    where
        scope is not null
        and not coalesce(excluded, false)

),

-- agreed shares, limits and chains are those of the window's first day: where they change, the window ends
listed as (

    select
        memberships.membership_id,
        targets.domain_id,
        targets.target_pool_id,
        max(targets.share) as fixed_share,
        max(targets.floor_share) as floor_share,
        max(targets.cap_share) as cap_share
    from memberships
    inner join targets
        on
            lower(trim(memberships.pool_id)) = targets.pool_key
            and not targets.is_excluded
            and memberships.eligible_to > targets.valid_from
            and memberships.eligible_from < targets.valid_to
    left join listed_scopes
        on
            targets.pool_key = listed_scopes.pool_key
            and memberships.scope_key = listed_scopes.scope_key
            and {{ in_force('memberships.eligible_from', 'listed_scopes') }}
    where
        (
            targets.scope_key = listed_scopes.scope_key
            or (targets.scope_key is null and listed_scopes.pool_key is null)
        )
        and (not targets.is_numbered or memberships.eligible_from >= targets.valid_from)
        and {{ fits_environment('memberships', 'targets.environment') }}
    group by
        memberships.membership_id,
        targets.domain_id,
        targets.target_pool_id

),

-- a pool that names no targets at all reaches every domain in force
unlisted as (

    select distinct
        memberships.membership_id,
        cost_domains.domain_id
    from memberships
    left join listed_pools
        on lower(trim(memberships.pool_id)) = listed_pools.pool_key
    inner join cost_domains
        on
            memberships.eligible_to > cost_domains.valid_from
            and memberships.eligible_from < cost_domains.valid_to
    where
        listed_pools.pool_key is null
        and {{ fits_environment('memberships', 'lower(trim(cost_domains.environment))') }}

),

reachable as (

    select
        membership_id,
        domain_id,
        target_pool_id,
        fixed_share,
        floor_share,
        cap_share
    from listed
    union all
    select
        membership_id,
        domain_id,
        cast(null as {{ dbt.type_string() }}) as target_pool_id,
        cast(null as decimal(38, 12)) as fixed_share,
        cast(null as decimal(38, 12)) as floor_share,
        cast(null as decimal(38, 12)) as cap_share
    from unlisted

),

eligible as (

    select
        reachable.membership_id,
        reachable.domain_id,
        reachable.target_pool_id,
        reachable.fixed_share,
        coalesce(reachable.floor_share, memberships.floor_share) as floor_share,
        coalesce(reachable.cap_share, memberships.cap_share) as cap_share,
        memberships.pool_id,
        memberships.pool_version,
        memberships.scope_key,
        memberships.billing_period,
        memberships.window_start,
        memberships.method
    from reachable
    inner join memberships
        on reachable.membership_id = memberships.membership_id
    left join targets as exclusions
        on
            lower(trim(memberships.pool_id)) = exclusions.pool_key
            and reachable.domain_id = exclusions.domain_id
            and exclusions.is_excluded
            and memberships.eligible_from >= exclusions.valid_from
            and memberships.eligible_from < exclusions.valid_to
            and (exclusions.scope_key is null or memberships.scope_key = exclusions.scope_key)
    where exclusions.pool_key is null

),

-- what nobody owns, or nobody's policy knows by that name, was used all the same: with a method that goes by use it
-- bears its part itself, and nobody else does
unowned as (

    select
        memberships.membership_id,
        memberships.pool_id,
        memberships.pool_version,
        memberships.scope_key,
        memberships.billing_period,
        memberships.window_start,
        memberships.method,
        case
            when count(*) = count(driver_quantities.quantity) then sum(driver_quantities.quantity)
        end as driver_quantity,
        min(driver_quantities.unit) as driver_unit
    from memberships
    inner join driver_quantities
        on memberships.membership_id = driver_quantities.membership_id
    left join known_targets
        on lower(trim(driver_quantities.domain_id)) = known_targets.target_key
    where
        memberships.method in ('hybrid', 'proportional')
        and coalesce(known_targets.target_key, 'unallocated') = 'unallocated'
    group by
        memberships.membership_id,
        memberships.pool_id,
        memberships.pool_version,
        memberships.scope_key,
        memberships.billing_period,
        memberships.window_start,
        memberships.method

),

final as (

    select
        {{ integer_key(['eligible.membership_id', 'eligible.domain_id', 'eligible.target_pool_id']) }} as candidate_id,
        eligible.membership_id,
        eligible.pool_id,
        eligible.pool_version,
        eligible.scope_key,
        eligible.billing_period,
        eligible.window_start,
        eligible.method,
        eligible.domain_id,
        eligible.target_pool_id,
        eligible.fixed_share,
        eligible.floor_share,
        eligible.cap_share,
        driver_quantities.membership_id is not null as has_driver_row,
        driver_quantities.quantity as driver_quantity,
        driver_quantities.unit as driver_unit
    from eligible
    left join driver_quantities
        on
            eligible.membership_id = driver_quantities.membership_id
            and lower(trim(coalesce(eligible.domain_id, eligible.target_pool_id)))
            = lower(trim(driver_quantities.domain_id))

    union all

    select
        {{ integer_key(['membership_id', "'unallocated'", 'null']) }} as candidate_id,
        membership_id,
        pool_id,
        pool_version,
        scope_key,
        billing_period,
        window_start,
        method,
        'unallocated' as domain_id,
        cast(null as {{ dbt.type_string() }}) as target_pool_id,
        cast(null as decimal(38, 12)) as fixed_share,
        cast(null as decimal(38, 12)) as floor_share,
        cast(null as decimal(38, 12)) as cap_share,
        true as has_driver_row,
        driver_quantity,
        driver_unit
    from unowned

)

select * from final

-- one row per pool version, scope, window, attempt and target that may bear a part of it: a domain, or a pool that it
-- feeds, or nobody
-- Where use alone decides, a target that the driver does not measure has no claim, and no row: many windows of few
-- targets each would be as many rows as windows times domains. Whoever has a limit, or a window of which nothing is
-- measured, has rows all the same.
with divisions as (

    select * from {{ ref('pool_divisions') }}

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

scoped_pools as (

    select distinct lower(trim(pool_id)) as pool_key
    from pool_targets
    where scope is not null

),

-- most windows and scopes of a pool have the same targets: these are worked out once per set
placed as (

    select
        divisions.division_id,
        divisions.method,
        divisions.floor_share,
        divisions.cap_share,
        divisions.eligible_from,
        divisions.eligible_to,
        lower(trim(divisions.pool_id)) as pool_key,
        case when divisions.scope_by = 'environment' then divisions.scope_by end as set_scope_by,
        case
            when divisions.scope_by = 'environment' or scoped_pools.pool_key is not null then divisions.scope_key
            else ''
        end as set_scope_key
    from divisions
    left join scoped_pools
        on lower(trim(divisions.pool_id)) = scoped_pools.pool_key

),

identified as (

    select
        placed.*,
        {{ integer_key(['pool_key', 'set_scope_by', 'set_scope_key', 'eligible_from', 'eligible_to']) }}
            as target_set_id
    from placed

),

target_sets as (

    select distinct
        target_set_id,
        pool_key,
        set_scope_by as scope_by,
        set_scope_key as scope_key,
        eligible_from,
        eligible_to
    from identified

),

-- agreed shares, limits and chains are those of the window's first day: where they change, the window ends
listed as (

    select
        target_sets.target_set_id,
        targets.domain_id,
        targets.target_pool_id,
        max(targets.share) as fixed_share,
        max(targets.floor_share) as floor_share,
        max(targets.cap_share) as cap_share
    from target_sets
    inner join targets
        on
            target_sets.pool_key = targets.pool_key
            and not targets.is_excluded
            and target_sets.eligible_to > targets.valid_from
            and target_sets.eligible_from < targets.valid_to
    left join listed_scopes
        on
            targets.pool_key = listed_scopes.pool_key
            and target_sets.scope_key = listed_scopes.scope_key
            and {{ in_force('target_sets.eligible_from', 'listed_scopes') }}
    where
        (
            targets.scope_key = listed_scopes.scope_key
            or (targets.scope_key is null and listed_scopes.pool_key is null)
        )
        and (not targets.is_numbered or target_sets.eligible_from >= targets.valid_from)
        and {{ fits_environment('target_sets', 'targets.environment') }}
    group by
        target_sets.target_set_id,
        targets.domain_id,
        targets.target_pool_id

),

-- a pool that names no targets at all reaches every domain in force
unlisted as (

    select distinct
        target_sets.target_set_id,
        cost_domains.domain_id
    from target_sets
    left join listed_pools
        on target_sets.pool_key = listed_pools.pool_key
    inner join cost_domains
        on
            target_sets.eligible_to > cost_domains.valid_from
            and target_sets.eligible_from < cost_domains.valid_to
    where
        listed_pools.pool_key is null
        and {{ fits_environment('target_sets', 'lower(trim(cost_domains.environment))') }}

),

reachable as (

    select
        target_set_id,
        domain_id,
        target_pool_id,
        fixed_share,
        floor_share,
        cap_share
    from listed
    union all
    select
        target_set_id,
        domain_id,
        cast(null as {{ dbt.type_string() }}) as target_pool_id,
        cast(null as decimal(38, 12)) as fixed_share,
        cast(null as decimal(38, 12)) as floor_share,
        cast(null as decimal(38, 12)) as cap_share
    from unlisted

),

eligible as (

    select
        reachable.target_set_id,
        reachable.domain_id,
        reachable.target_pool_id,
        lower(trim(coalesce(reachable.domain_id, reachable.target_pool_id))) as target_key,
        reachable.fixed_share,
        reachable.floor_share,
        reachable.cap_share
    from reachable
    inner join target_sets
        on reachable.target_set_id = target_sets.target_set_id
    left join targets as exclusions
        on
            target_sets.pool_key = exclusions.pool_key
            and reachable.domain_id = exclusions.domain_id
            and exclusions.is_excluded
            and target_sets.eligible_from >= exclusions.valid_from
            and target_sets.eligible_from < exclusions.valid_to
            and (exclusions.scope_key is null or target_sets.scope_key = exclusions.scope_key)
    where exclusions.pool_key is null

),

measured as (

    select
        identified.division_id,
        identified.method,
        eligible.domain_id,
        eligible.target_pool_id,
        eligible.target_key,
        eligible.fixed_share,
        coalesce(eligible.floor_share, identified.floor_share) as floor_share,
        coalesce(eligible.cap_share, identified.cap_share) as cap_share,
        true as has_driver_row,
        driver_quantities.quantity as driver_quantity,
        driver_quantities.unit as driver_unit
    from driver_quantities
    inner join identified
        on driver_quantities.division_id = identified.division_id
    inner join eligible
        on
            identified.target_set_id = eligible.target_set_id
            and lower(trim(driver_quantities.domain_id)) = eligible.target_key

),

measured_divisions as (

    select distinct division_id
    from measured

),

-- what a method other than by use, a limit, or a reason why nothing can be divided needs beside what is measured
asking as (

    select
        identified.*,
        coalesce(identified.method, '') <> 'proportional'
        or identified.floor_share is not null
        or identified.cap_share is not null
        or measured_divisions.division_id is null as asks_all
    from identified
    left join measured_divisions
        on identified.division_id = measured_divisions.division_id

),

asked as (

    select
        asking.division_id,
        asking.method,
        eligible.domain_id,
        eligible.target_pool_id,
        eligible.target_key,
        eligible.fixed_share,
        coalesce(eligible.floor_share, asking.floor_share) as floor_share,
        coalesce(eligible.cap_share, asking.cap_share) as cap_share
    from asking
    inner join eligible
        on asking.target_set_id = eligible.target_set_id
    where
        asking.asks_all
        or eligible.floor_share is not null
        or eligible.cap_share is not null

),

-- what nobody owns, or nobody's policy knows by that name, was used all the same: with a method that goes by use it
-- bears its part itself, and nobody else does
unowned as (

    select
        divisions.division_id,
        divisions.method,
        case
            when count(*) = count(driver_quantities.quantity) then sum(driver_quantities.quantity)
        end as driver_quantity,
        min(driver_quantities.unit) as driver_unit
    from divisions
    inner join driver_quantities
        on divisions.division_id = driver_quantities.division_id
    left join known_targets
        on lower(trim(driver_quantities.domain_id)) = known_targets.target_key
    where
        divisions.method in ('hybrid', 'proportional')
        and coalesce(known_targets.target_key, 'unallocated') = 'unallocated'
    group by
        divisions.division_id,
        divisions.method

),

candidates as (

    select
        division_id,
        method,
        domain_id,
        target_pool_id,
        fixed_share,
        floor_share,
        cap_share,
        has_driver_row,
        driver_quantity,
        driver_unit
    from measured

    union all

    select
        asked.division_id,
        asked.method,
        asked.domain_id,
        asked.target_pool_id,
        asked.fixed_share,
        asked.floor_share,
        asked.cap_share,
        false as has_driver_row,
        cast(null as decimal(38, 12)) as driver_quantity,
        cast(null as {{ dbt.type_string() }}) as driver_unit
    from asked
    left join measured
        on
            asked.division_id = measured.division_id
            and asked.target_key = measured.target_key
    where measured.division_id is null

    union all

    select
        division_id,
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

),

final as (

    select
        {{ integer_key(['division_id', 'domain_id', 'target_pool_id']) }} as candidate_id,
        division_id,
        method,
        domain_id,
        target_pool_id,
        fixed_share,
        floor_share,
        cap_share,
        has_driver_row,
        driver_quantity,
        driver_unit
    from candidates

)

select * from final

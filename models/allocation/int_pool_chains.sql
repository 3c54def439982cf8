-- one row per resolution, pool that feeds others, pool that its cost comes through, and target there: all ways of its
-- cost; and those of a pool that it is handed to because of consumers, in the resolution in force
-- Empty, and nothing is worked out, unless some pool feeds another.
{{ config(
    materialized='table_when',
    needed_when='select 1 from allocation.int_pool_shares where target_pool_id is not null',
) }}
with shares as (

    select * from {{ ref('int_pool_shares') }}

),

pool_resolution as (

    select * from {{ ref('pool_resolution') }}

),

pool_divisions as (

    select * from {{ ref('pool_divisions') }}

),

driver_usage as (

    select * from {{ ref('int_driver_usage') }}

),

chained_contexts as (

    select context_id
    from shares
    where target_pool_id is not null
    union
    select fed_context_id as context_id
    from shares
    where target_pool_id is not null

),

resolutions as (

    select 'direct' as resolution
    union all
    select 'step_down' as resolution
    union all
    select 'reciprocal' as resolution

),

nodes as (

    select distinct
        shares.context_id,
        shares.fed_context_id,
        shares.membership_id,
        shares.pool_id,
        lower(trim(shares.pool_id)) as pool_key,
        shares.fallback_domain_id,
        shares.has_charges,
        coalesce(shares.step, 1000000000) as step
    from shares
    inner join chained_contexts
        on shares.context_id = chained_contexts.context_id

),

first_level as (

    select
        nodes.membership_id,
        shares.share_id,
        shares.domain_id,
        shares.target_pool_id,
        targets.membership_id as target_membership_id,
        shares.reason,
        cast(shares.share_to - shares.share_from as decimal(38, 18)) as part,
        -- in the declared order; pools without a step come last, in the order of their names
        nodes.step < targets.step or (nodes.step = targets.step and nodes.pool_key < targets.pool_key) as is_step_down
    from shares
    inner join nodes
        on shares.membership_id = nodes.membership_id
    left join nodes as targets
        on
            nodes.fed_context_id = targets.context_id
            and lower(trim(shares.target_pool_id)) = targets.pool_key

),

-- a number for each pool under each resolution: integers are what everything below is joined by, and no two relations
-- meet by the resolution alone
numbered as (

    select
        resolutions.resolution,
        nodes.membership_id,
        nodes.fallback_domain_id,
        row_number() over (order by resolutions.resolution, nodes.membership_id) as node
    from nodes
    cross join resolutions

),

-- what a resolution lets a pool hand on; a pool that is not in force takes nothing
allowed as (

    select
        numbered.node,
        numbered.resolution,
        first_level.membership_id,
        first_level.share_id,
        first_level.domain_id,
        first_level.target_pool_id,
        first_level.target_membership_id,
        first_level.reason,
        first_level.part
    from first_level
    inner join numbered
        on first_level.membership_id = numbered.membership_id
    where
        first_level.target_pool_id is null
        or (
            first_level.target_membership_id <> first_level.membership_id
            and (
                numbered.resolution = 'reciprocal'
                or (numbered.resolution = 'step_down' and first_level.is_step_down)
            )
        )

),

allowed_totals as (

    select
        node,
        sum(part) as allowed_part
    from allowed
    group by node

),

divisions as (

    select
        allowed.node,
        allowed.resolution,
        allowed.membership_id,
        allowed.share_id,
        allowed.domain_id,
        allowed.target_pool_id,
        allowed.target_membership_id,
        allowed.reason,
        {{ double_from_share('allowed.part') }} / {{ double_from_share('allowed_totals.allowed_part') }} as share
    from allowed
    inner join allowed_totals
        on allowed.node = allowed_totals.node

    union all

    -- a pool whose every target is a pool that it may not feed now
    select
        numbered.node,
        numbered.resolution,
        numbered.membership_id,
        {{ integer_key(['numbered.membership_id', "'no_target'"]) }} as share_id,
        coalesce(numbered.fallback_domain_id, 'unallocated') as domain_id,
        cast(null as {{ dbt.type_string() }}) as target_pool_id,
        cast(null as bigint) as target_membership_id,
        'no_target' as reason,
        cast(1 as double) as share
    from numbered
    left join allowed_totals
        on numbered.node = allowed_totals.node
    where allowed_totals.node is null

),

hops as (

    select
        divisions.node,
        targets.node as target_node,
        divisions.share
    from divisions
    inner join numbered as targets
        on
            divisions.target_membership_id = targets.membership_id
            and divisions.resolution = targets.resolution

),

feeding_groups as (

    select
        membership_id,
        division_id,
        min(window_start) as window_start
    from shares
    where
        has_charges
        and target_pool_id is not null
    group by
        membership_id,
        division_id

),

consuming_drivers as (

    {{ consuming_drivers('driver_usage') }}

),

-- by their drivers, before it is known what is whose: that is worked out beside this
consumed_divisions as (

    select distinct pool_divisions.division_id
    from pool_divisions
    inner join consuming_drivers
        on lower(trim(pool_divisions.driver_id)) = consuming_drivers.driver_key

),

consumed_nodes as (

    select numbered.node
    from feeding_groups
    inner join consumed_divisions
        on feeding_groups.division_id = consumed_divisions.division_id
    inner join pool_resolution
        on {{ in_force('feeding_groups.window_start', 'pool_resolution') }}
    inner join numbered
        on
            feeding_groups.membership_id = numbered.membership_id
            and pool_resolution.resolution = numbered.resolution

),

-- the pools whose cost is followed: those with charges, and those that they hand it to because of consumers
roots as (

    select numbered.node
    from feeding_groups
    inner join numbered
        on feeding_groups.membership_id = numbered.membership_id
    union
    select hops.target_node as node
    from consumed_nodes
    inner join hops
        on consumed_nodes.node = hops.node

),

visits as (

    {{ visits('roots', 'hops', steps=14) }}

),

ways as (

    select
        roots_numbered.resolution,
        roots_numbered.membership_id,
        divisions.membership_id as via_membership_id,
        visits.arriving_share,
        divisions.share_id,
        divisions.domain_id,
        divisions.target_pool_id,
        divisions.target_membership_id,
        divisions.reason,
        divisions.share as share_of_arriving,
        cast(visits.arriving_share * divisions.share as decimal(38, 18)) as share_of_pool
    from visits
    inner join numbered as roots_numbered
        on visits.node = roots_numbered.node
    inner join divisions
        on visits.via_node = divisions.node

),

borne as (

    select
        resolution,
        membership_id,
        sum(case when target_pool_id is null then share_of_pool else 0 end) as borne_share
    from ways
    group by
        resolution,
        membership_id

),

final as (

    select
        resolution,
        membership_id,
        via_membership_id,
        arriving_share,
        share_id,
        domain_id,
        target_pool_id,
        target_membership_id,
        reason,
        share_of_arriving,
        share_of_pool
    from ways

    union all

    -- what still goes round after all steps: pools that feed only each other
    select
        borne.resolution,
        borne.membership_id,
        borne.membership_id as via_membership_id,
        cast(1 as double) as arriving_share,
        {{ integer_key(['borne.membership_id', "'circular'"]) }} as share_id,
        'unallocated' as domain_id,
        cast(null as {{ dbt.type_string() }}) as target_pool_id,
        cast(null as bigint) as target_membership_id,
        'circular' as reason,
        cast(1 - borne.borne_share as double) as share_of_arriving,
        1 - borne.borne_share as share_of_pool
    from borne
    where borne.borne_share < 1 - cast(0.000000001 as decimal(38, 18))

)

select * from final

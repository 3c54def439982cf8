-- one row per share, pool that its cost was handed to, and consumer: what of the share is whose use
-- Consumers divide what their target bears, by what each of them used over the time the pool is measured. Shares of
-- which no consumer is known have no rows.
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['share_id', 'share_from'],
) }}
-- what is read more than once is named where it is read: an engine holds a shared part of a query in memory, whole
with pool_shares as (

    select * from {{ ref('int_pool_shares') }}

),

pool_chains as (

    select * from {{ ref('int_pool_chains') }}

),

pools as (

    select * from {{ ref('pools') }}

),

-- one reading that is missing or negative makes all consumers of the target unknown: nothing is made up or clamped
targets as (

    select
        division_id,
        target_key,
        sum(quantity) as quantity
    from {{ ref('int_consumer_quantities') }}
    group by
        division_id,
        target_key
    having
        count(*) = count(quantity)
        and min(quantity) >= 0
        and sum(quantity) > 0
        and count(consumer_id) > 0

),

consumers as (

    select
        targets.division_id,
        targets.target_key,
        consumer_quantities.consumer_id,
        consumer_quantities.quantity,
        consumer_quantities.unit,
        cast(consumer_quantities.quantity as double) / cast(targets.quantity as double) as share_of_target
    from targets
    inner join {{ ref('int_consumer_quantities') }} as consumer_quantities
        on
            targets.division_id = consumer_quantities.division_id
            and targets.target_key = consumer_quantities.target_key
    where consumer_quantities.quantity > 0

),

consumed_divisions as (

    select distinct division_id
    from targets

),

-- the first division of pools that know consumers; what went to a fallback or was left by caps is nobody's use
divided as (

    select
        pool_shares.share_id,
        pool_shares.membership_id,
        pool_shares.division_id,
        case
            when coalesce(pool_shares.reason, 'unowned_usage') = 'unowned_usage'
                then lower(trim(coalesce(pool_shares.domain_id, pool_shares.target_pool_id)))
        end as target_key
    from pool_shares
    inner join consumed_divisions
        on pool_shares.division_id = consumed_divisions.division_id
    where pool_shares.has_charges

),

pool_names as (

    select
        lower(trim(pool_id)) as pool_key,
        min(pool_id) as pool_id
    from pools
    group by lower(trim(pool_id))

),

-- what becomes of a unit of a pool's cost, over all ways
borne as (

    select
        resolution,
        membership_id,
        domain_id,
        coalesce(reason, '') as reason,
        sum(share_of_pool) as share_of_pool
    from pool_chains
    where target_pool_id is null
    group by
        resolution,
        membership_id,
        domain_id,
        coalesce(reason, '')

),

first_hops as (

    select
        pool_chains.resolution,
        pool_chains.membership_id,
        pool_chains.domain_id,
        coalesce(pool_chains.reason, '') as reason,
        pool_chains.target_membership_id,
        pool_names.pool_id as via_pool_id,
        pool_chains.share_of_arriving,
        divided.division_id,
        divided.target_key
    from pool_chains
    inner join divided
        on pool_chains.share_id = divided.share_id
    left join pool_names
        on lower(trim(pool_chains.target_pool_id)) = pool_names.pool_key
    where pool_chains.membership_id = pool_chains.via_membership_id

),

-- summed, so that no engine joins owners of all pools by their names before it knows the pool
handed_on as (

    select
        first_hops.membership_id,
        first_hops.resolution,
        first_hops.via_pool_id,
        first_hops.division_id,
        first_hops.target_key,
        borne.domain_id,
        borne.reason,
        sum(first_hops.share_of_arriving * cast(borne.share_of_pool as double)) as share_of_share
    from first_hops
    inner join borne
        on
            first_hops.target_membership_id = borne.membership_id
            and first_hops.resolution = borne.resolution
    group by
        first_hops.membership_id,
        first_hops.resolution,
        first_hops.via_pool_id,
        first_hops.division_id,
        first_hops.target_key,
        borne.domain_id,
        borne.reason

),

-- what an owner bears of a pool that feeds no other comes one way; else from the pool itself, and by each pool that the
-- cost was handed to first, however it went on from there
ways as (

    select
        final_shares.share_id,
        cast(null as {{ dbt.type_string() }}) as via_pool_id,
        divided.division_id,
        divided.target_key,
        cast(1 as double) as share_of_share
    from {{ ref('allocation_shares') }} as final_shares
    inner join divided
        on final_shares.share_id = divided.share_id
    where final_shares.resolution is null

    union all

    select
        final_shares.share_id,
        cast(null as {{ dbt.type_string() }}) as via_pool_id,
        first_hops.division_id,
        first_hops.target_key,
        first_hops.share_of_arriving as share_of_share
    from {{ ref('allocation_shares') }} as final_shares
    inner join first_hops
        on
            final_shares.membership_id = first_hops.membership_id
            and final_shares.resolution = first_hops.resolution
            and final_shares.domain_id = first_hops.domain_id
            and coalesce(final_shares.reason, '') = first_hops.reason

    union all

    select
        final_shares.share_id,
        handed_on.via_pool_id,
        handed_on.division_id,
        handed_on.target_key,
        handed_on.share_of_share
    from {{ ref('allocation_shares') }} as final_shares
    inner join handed_on
        on
            final_shares.membership_id = handed_on.membership_id
            and final_shares.resolution = handed_on.resolution
            and final_shares.domain_id = handed_on.domain_id
            and coalesce(final_shares.reason, '') = handed_on.reason

),

parts as (

    select
        final_shares.billing_period,
        final_shares.pool_id,
        ways.share_id,
        ways.via_pool_id,
        consumers.consumer_id,
        consumers.quantity,
        consumers.unit,
        cast(ways.share_of_share * coalesce(consumers.share_of_target, 1) as decimal(38, 18)) as part
    from ways
    inner join {{ ref('allocation_shares') }} as final_shares
        on ways.share_id = final_shares.share_id
    left join consumers
        on
            ways.division_id = consumers.division_id
            and ways.target_key = consumers.target_key

),

known_shares as (

    select distinct share_id
    from parts
    where consumer_id is not null

),

known_parts as (

    select parts.*
    from parts
    inner join known_shares
        on parts.share_id = known_shares.share_id

),

bounded as (

    {{ bounds_of_parts(
        'known_parts', ['share_id'], 'part', ["coalesce(via_pool_id, '')", 'coalesce(consumer_id, -1)']
    ) }}

),

final as (

    select
        billing_period,
        pool_id,
        share_id,
        via_pool_id,
        consumer_id,
        quantity,
        unit,
        share_from,
        share_to
    from bounded

)

select * from final

-- one row per pool window that feeds further pools, pool that its cost comes through, and target there: the ways of its
-- cost
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['pool_id', 'pool_version', 'scope_key', 'window_start', 'window_hour', 'via_pool_id', 'chain_id'],
) }}
with allocation_shares as (

    select * from {{ ref('allocation_shares') }}

),

pool_chains as (

    select * from {{ ref('int_pool_chains') }}

),

pool_shares as (

    select * from {{ ref('int_pool_shares') }}

),

resolved_groups as (

    select distinct
        membership_id,
        pool_id,
        pool_version,
        scope_key,
        billing_period,
        window_start,
        window_hour,
        resolution
    from allocation_shares
    where resolution is not null

),

via_pools as (

    select distinct
        membership_id,
        pool_id,
        pool_version,
        scope_key,
        allocation_method,
        method_id,
        driver_id,
        driver_total,
        attempt,
        attempt_reason
    from pool_shares

),

final as (

    select
        {{ integer_key(['pool_chains.membership_id', 'pool_chains.via_membership_id', 'pool_chains.share_id']) }}
            as chain_id,
        resolved_groups.pool_id,
        resolved_groups.pool_version,
        resolved_groups.scope_key,
        resolved_groups.billing_period,
        resolved_groups.window_start,
        resolved_groups.window_hour,
        resolved_groups.resolution,
        via_pools.pool_id as via_pool_id,
        via_pools.pool_version as via_pool_version,
        via_pools.scope_key as via_scope_key,
        pool_chains.arriving_share,
        pool_chains.domain_id,
        pool_chains.target_pool_id,
        pool_chains.share_of_arriving,
        cast(pool_chains.share_of_pool as double) as share_of_pool,
        via_pools.allocation_method,
        via_pools.method_id,
        via_pools.driver_id,
        pool_shares.weight,
        pool_shares.driver_unit,
        pool_shares.driver_quantity,
        via_pools.driver_total,
        pool_shares.limited_by,
        via_pools.attempt,
        via_pools.attempt_reason,
        pool_chains.reason
    from pool_chains
    inner join resolved_groups
        on
            pool_chains.membership_id = resolved_groups.membership_id
            and pool_chains.resolution = resolved_groups.resolution
    inner join via_pools
        on pool_chains.via_membership_id = via_pools.membership_id
    left join pool_shares
        on pool_chains.share_id = pool_shares.share_id

)

select * from final

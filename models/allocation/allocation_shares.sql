-- one row per pool version, scope, window, final owner of a part of it, and reason
-- A pool's own division (int_pool_shares) names pools or owners; here only owners are left. The division of a pool that
-- feeds no other is final as it stands; that of others is composed of all the ways their cost takes (int_pool_chains).
{{ config(order_by=['pool_scope_id', 'billing_period', 'window_start', 'window_hour', 'share_from', 'share_id']) }}
with pool_shares as (

    select * from {{ ref('int_pool_shares') }}

),

pool_chains as (

    select * from {{ ref('int_pool_chains') }}

),

pool_resolution as (

    select * from {{ ref('pool_resolution') }}

),

feeding_groups as (

    select
        membership_id,
        min(pool_id) as pool_id,
        min(pool_version) as pool_version,
        min(scope_key) as scope_key,
        min(pool_scope_id) as pool_scope_id,
        min(billing_period) as billing_period,
        min(window_start) as window_start,
        min(window_hour) as window_hour,
        min(allocation_method) as allocation_method,
        min(method_id) as method_id,
        min(driver_id) as driver_id,
        min(attempt) as attempt,
        min(attempt_reason) as attempt_reason
    from pool_shares
    where has_charges
    group by membership_id
    having count(target_pool_id) > 0

),

resolved_groups as (

    select
        feeding_groups.*,
        coalesce(pool_resolution.resolution, 'direct') as resolution
    from feeding_groups
    left join pool_resolution
        on {{ in_force('feeding_groups.window_start', 'pool_resolution') }}

),

composed as (

    select
        pool_chains.membership_id,
        pool_chains.domain_id,
        pool_chains.reason,
        resolved_groups.resolution,
        sum(pool_chains.share_of_pool) as share_of_pool
    from pool_chains
    inner join resolved_groups
        on
            pool_chains.membership_id = resolved_groups.membership_id
            and pool_chains.resolution = resolved_groups.resolution
    where pool_chains.target_pool_id is null
    group by
        pool_chains.membership_id,
        pool_chains.domain_id,
        pool_chains.reason,
        resolved_groups.resolution

),

bounded as (

    {{ bounds_of_parts('composed', ['membership_id'], 'share_of_pool', ['domain_id', "coalesce(reason, '')"]) }}

),

final as (

    select
        pool_shares.share_id,
        pool_shares.membership_id,
        pool_shares.pool_id,
        pool_shares.pool_version,
        pool_shares.scope_key,
        pool_shares.pool_scope_id,
        pool_shares.billing_period,
        pool_shares.window_start,
        pool_shares.window_hour,
        pool_shares.domain_id,
        pool_shares.weight,
        pool_shares.share_from,
        pool_shares.share_to,
        pool_shares.allocation_method,
        pool_shares.method_id,
        pool_shares.driver_id,
        pool_shares.driver_unit,
        pool_shares.driver_quantity,
        pool_shares.driver_total,
        pool_shares.limited_by,
        pool_shares.attempt,
        pool_shares.attempt_reason,
        cast(null as {{ dbt.type_string() }}) as resolution,
        pool_shares.reason
    from pool_shares
    left join feeding_groups
        on pool_shares.membership_id = feeding_groups.membership_id
    where
        pool_shares.has_charges
        and feeding_groups.membership_id is null

    union all

    select
        {{ integer_key(['bounded.membership_id', 'bounded.domain_id', 'bounded.reason']) }} as share_id,
        bounded.membership_id,
        resolved_groups.pool_id,
        resolved_groups.pool_version,
        resolved_groups.scope_key,
        resolved_groups.pool_scope_id,
        resolved_groups.billing_period,
        resolved_groups.window_start,
        resolved_groups.window_hour,
        bounded.domain_id,
        cast(bounded.share_of_pool as decimal(38, 12)) as weight,
        bounded.share_from,
        bounded.share_to,
        resolved_groups.allocation_method,
        resolved_groups.method_id,
        resolved_groups.driver_id,
        cast(null as {{ dbt.type_string() }}) as driver_unit,
        cast(null as decimal(38, 12)) as driver_quantity,
        cast(null as decimal(38, 12)) as driver_total,
        cast(null as {{ dbt.type_string() }}) as limited_by,
        resolved_groups.attempt,
        resolved_groups.attempt_reason,
        resolved_groups.resolution,
        bounded.reason
    from bounded
    inner join resolved_groups
        on bounded.membership_id = resolved_groups.membership_id

)

select * from final

-- one row per pool version, scope, window and target: the pool's own division, among domains and pools that it feeds
with memberships as (

    select * from {{ ref('pool_membership') }}

),

divisions as (

    select * from {{ ref('pool_divisions') }}

),

weights as (

    select * from {{ ref('allocation_weights') }}

),

shares as (

    {{ shares_from_weights('memberships', 'divisions', 'weights') }}

),

final as (

    select
        shares.share_id,
        shares.group_id as membership_id,
        shares.division_id,
        memberships.context_id,
        memberships.fed_context_id,
        memberships.pool_id,
        memberships.pool_version,
        memberships.scope_key,
        memberships.pool_scope_id,
        memberships.billing_period,
        memberships.window_start,
        memberships.window_hour,
        memberships.has_charges,
        memberships.step,
        memberships.fallback_domain_id,
        shares.domain_id,
        shares.target_pool_id,
        shares.weight,
        shares.share_from,
        shares.share_to,
        memberships.method as allocation_method,
        memberships.method_id,
        memberships.driver_id,
        shares.driver_unit,
        shares.driver_quantity,
        shares.driver_total,
        shares.limited_by,
        shares.attempt,
        shares.attempt_reason,
        shares.reason
    from shares
    inner join memberships
        on shares.membership_id = memberships.membership_id

)

select * from final

-- one row per pool version, scope, window and target: the pool's own division
{{ config(order_by=['pool_scope_id', 'billing_period', 'window_start', 'share_from', 'share_id']) }}
with memberships as (

    select * from {{ ref('pool_membership') }}

),

weights as (

    select * from {{ ref('allocation_weights') }}

),

shares as (

    {{ shares_from_weights('memberships', 'weights') }}

),

final as (

    select
        shares.share_id,
        shares.membership_id,
        memberships.pool_id,
        memberships.pool_version,
        memberships.scope_key,
        memberships.pool_scope_id,
        memberships.billing_period,
        memberships.window_start,
        shares.domain_id,
        shares.weight,
        shares.share_from,
        shares.share_to,
        memberships.method as allocation_method,
        memberships.method_id,
        memberships.driver_id,
        shares.driver_unit,
        shares.driver_quantity,
        shares.driver_total,
        shares.reason
    from shares
    inner join memberships
        on shares.membership_id = memberships.membership_id

)

select * from final

-- one row per billing period, pool version, scope, window and target that the pool's driver says something about
{{ config(
    partition_by=['billing_period'],
    order_by=['pool_id', 'pool_version', 'scope_key', 'window_start', 'domain_id'],
) }}
with quantities as (

    select * from {{ ref('driver_quantities') }}

),

memberships as (

    select * from {{ ref('pool_membership') }}

),

final as (

    select
        memberships.billing_period,
        memberships.pool_id,
        memberships.pool_version,
        memberships.scope_key,
        memberships.window_start,
        memberships.window_end,
        memberships.driver_id,
        quantities.domain_id,
        quantities.quantity,
        quantities.unit
    from quantities
    inner join memberships
        on quantities.membership_id = memberships.membership_id

)

select * from final

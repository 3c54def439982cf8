-- one row per billing period, pool version, scope, window, attempt and target that a driver of the pool says something
-- about
{{ config(
    partition_by=['billing_period'],
    order_by=['pool_id', 'pool_version', 'scope_key', 'window_start', 'window_hour', 'attempt', 'domain_id'],
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
        memberships.window_hour,
        memberships.attempt,
        memberships.driver_id,
        quantities.domain_id,
        quantities.quantity,
        quantities.unit
    from quantities
    inner join memberships
        on quantities.division_id = memberships.division_id
    -- what other pools hand on is divided in fct_pool_chains
    where memberships.has_charges

)

select * from final

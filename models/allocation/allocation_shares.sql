-- one row per pool version, scope, window and final owner of a part of it
-- A pool's own division (int_pool_shares) names pools or owners; here only owners are left. Pools of one level have
-- nothing but owners, so that their division is final as it stands.
{{ config(materialized='view') }}
with pool_shares as (

    select * from {{ ref('int_pool_shares') }}

),

final as (

    select
        share_id,
        membership_id,
        pool_id,
        pool_version,
        scope_key,
        pool_scope_id,
        billing_period,
        window_start,
        domain_id,
        weight,
        share_from,
        share_to,
        allocation_method,
        method_id,
        driver_id,
        driver_unit,
        driver_quantity,
        driver_total,
        reason
    from pool_shares

)

select * from final

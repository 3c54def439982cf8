-- one row per pool version, scope, window and final owner of a part of it: why each split is what it is
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['pool_id', 'pool_version', 'scope_key', 'window_start', 'window_hour', 'share_from'],
) }}
with shares as (

    select * from {{ ref('allocation_shares') }}

),

final as (

    select
        share_id,
        pool_id,
        pool_version,
        scope_key,
        billing_period,
        window_start,
        window_hour,
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
        limited_by,
        attempt,
        attempt_reason,
        resolution,
        reason
    from shares

)

select * from final

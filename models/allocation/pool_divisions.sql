-- one row per pool version, scope, window, attempt and hour that its driver looks at: what has to be worked out once
-- Pools are divided for the cost that comes to them, and again for what others hand on: many rows of pool_membership
-- are one division.
with memberships as (

    select * from {{ ref('pool_membership') }}

),

final as (

    select distinct
        division_id,
        attempt,
        pool_id,
        pool_version,
        scope_key,
        scope_by,
        billing_period,
        window_start,
        eligible_from,
        eligible_to,
        method,
        driver_id,
        fallback_domain_id,
        floor_share,
        cap_share,
        measurement_id,
        measured_period,
        measured_from,
        measured_to,
        measured_hour
    from memberships

)

select * from final

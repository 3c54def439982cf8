-- one row per identity and policy segment: its owner, or the version of the pool that it goes to
{{ config(order_by=['identity_id', 'segment_from']) }}
with assignments as (

    select * from {{ ref('int_identity_assignments') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

pools as (

    select * from {{ ref('pools') }}

),

located as (

    select
        assignments.identity_id,
        assignments.segment_from,
        assignments.segment_to,
        assignments.domain_id,
        coalesce(pools.pool_id, assignments.pool_id) as pool_id,
        pools.pool_version,
        {{ scope_key('pools.scope_by', 'identities') }} as scope_key,
        -- only a driver is measured over a time: a pool without one is divided as of the charge's day
        case
            when pools.driver_id is not null then coalesce(pools.driver_window, 'charge_day')
            when pools.pool_id is not null then 'charge_day'
        end as driver_window,
        assignments.rule_id,
        assignments.rule_version,
        assignments.attribution_method,
        assignments.reason
    from assignments
    inner join identities
        on assignments.identity_id = identities.identity_id
    left join pools
        on
            lower(trim(assignments.pool_id)) = lower(trim(pools.pool_id))
            and assignments.segment_from >= pools.valid_from
            and assignments.segment_from < pools.valid_to

),

final as (

    select
        identity_id,
        segment_from,
        segment_to,
        domain_id,
        pool_id,
        pool_version,
        scope_key,
        case
            when pool_version is not null then {{ integer_key(['pool_id', 'pool_version', 'scope_key']) }}
        end as pool_scope_id,
        driver_window,
        rule_id,
        rule_version,
        attribution_method,
        reason
    from located

)

select * from final

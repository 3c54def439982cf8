-- one row per event of the AI gateway
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['happened_at', 'event_id']
) }}
with

events as (

    select * from {{ ref('stg_ai__gateway_events') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

final as (

    select
        events.billing_period,
        events.event_id,
        events.happened_at,
        events.event,
        events.consumer_kind,
        events.consumer,
        events.policy_id,
        case when events.unit like 'money:%' then 'money' else events.unit end as unit,
        case when events.unit like 'money:%' then substr(events.unit, 7) end as currency,
        events.observed,
        events.baseline,
        events.allowed,
        events.decision_id,
        events.expires_at,
        events.ended_by,
        events.detail,
        events.source_id
    from events
    inner join run_scope
        on events.billing_period = run_scope.billing_period

)

select * from final

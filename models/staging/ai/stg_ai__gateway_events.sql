-- one row per event of the AI gateway
with events as (
    select * from {{ source('landing_ai_gateway', 'ai_gateway_events') }}
),

staged as (
    select
        event_id,
        {{ utc_timestamp('trim(time)') }} as happened_at,
        event,
        kind as consumer_kind,
        {{ adapter.quote('value') }} as consumer,
        nullif(policy_id, '') as policy_id,
        nullif(unit, '') as unit,
        {{ decimal_of('observed') }} as observed,
        {{ decimal_of('baseline') }} as baseline,
        {{ decimal_of('allowed') }} as allowed,
        nullif(decision_id, '') as decision_id,
        {{ utc_timestamp("nullif(trim(expires_at), '')") }} as expires_at,
        nullif({{ adapter.quote('by') }}, '') as ended_by,
        nullif(detail, '') as detail,
        _billing_period as billing_period,
        _source_id as source_id,
        _delivery_id as delivery_id
    from events
)

select * from staged

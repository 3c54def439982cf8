-- one row per consumer: which part of a domain used what a pool is divided by
-- A technology that knows its consumers adds them here, under the consumer_id of its driver model.
{{ config(materialized='table') }}
with feed_rows as (

    select * from {{ ref('stg_feeds__driver_usage') }}

),

kubernetes_consumers as (

    select * from {{ ref('int_kubernetes_consumers') }}

),

ai_usage_days as (

    select * from {{ ref('int_ai_usage_days') }}

),

ai_driver_usage as (

    select * from {{ ref('int_ai_driver_usage') }}

),

feed_consumers as (

    select
        {{ integer_key(["'driver_usage'", 'lower(consumer)']) }} as consumer_id,
        'driver_usage' as technology,
        min(consumer) as consumer_name
    from feed_rows
    where consumer is not null
    group by lower(consumer)

),

workloads as (

    select
        consumer_id,
        'kubernetes' as technology,
        min(
            cluster || ' / ' || namespace || coalesce(' / ' || workload_kind, '')
            || coalesce(case when workload_kind is null then ' / ' else ' ' end || workload_name, '')
        ) as consumer_name
    from kubernetes_consumers
    group by consumer_id

),

ai_consumers as (

    select distinct
        consumer_id,
        'ai' as technology,
        coalesce(
            nullif(
                concat_ws(
                    ' / ',
                    'key ' || key_id,
                    'team ' || team,
                    'cost centre ' || cost_centre,
                    'workflow ' || workflow,
                    'use case ' || use_case,
                    'product ' || product
                ),
                ''
            ),
            'callers that the gateway does not name'
        ) as consumer_name
    from ai_usage_days

),

final as (

    select
        consumer_id,
        technology,
        consumer_name
    from feed_consumers
    union all
    select
        consumer_id,
        technology,
        consumer_name
    from workloads
    union all
    select
        consumer_id,
        technology,
        consumer_name
    from ai_consumers
    union all
    select distinct
        consumer_id,
        'ai' as technology,
        case
            when consumer_id = {{ ai_named_consumer_id('__idle__') }} then 'idle capacity of models'
            else 'use of models that no gateway saw'
        end as consumer_name
    from ai_driver_usage
    where
        consumer_id in ({{ ai_named_consumer_id('__idle__') }}, {{ ai_named_consumer_id('__not_seen_by_gateway__') }})

)

select * from final

-- one row per consumer: which part of a domain used what a pool is divided by
-- A technology that knows its consumers adds them here, under the consumer_id of its driver model.
{{ config(materialized='table') }}
with feed_rows as (

    select * from {{ ref('stg_feeds__driver_usage') }}

),

kubernetes_consumers as (

    select * from {{ ref('int_kubernetes_consumers') }}

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

)

select * from final

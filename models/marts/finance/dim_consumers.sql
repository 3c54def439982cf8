-- one row per consumer: which part of a domain used what a pool is divided by
-- A technology that knows its consumers adds them here, under the consumer_id of its driver model.
{{ config(materialized='table') }}
with feed_rows as (

    select * from {{ ref('stg_feeds__driver_usage') }}

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

final as (

    select
        consumer_id,
        technology,
        consumer_name
    from feed_consumers

)

select * from final

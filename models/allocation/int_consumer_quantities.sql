-- one row per pool version, scope, window, attempt that it is divided by, target and consumer that a usage feed names
-- Consumers refine what a target bears once the pool is divided. Empty, and nothing is worked out, unless some usage
-- names its consumer.
{{ config(
    materialized='table_when',
    needed_when='select 1 from allocation.int_driver_usage where consumer_id is not null',
) }}
{{ drivers_from_usage(by_consumer=true) }}

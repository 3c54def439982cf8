-- one row per billing period and row of a usage feed that a pool of the period was divided by
{{ config(
    partition_by=['billing_period'],
    order_by=['driver_id', 'usage_date', 'source_id', 'source_file', 'source_row', 'delivery_id'],
) }}
with driver_usage as (

    select * from {{ ref('stg_feeds__driver_usage') }}

),

memberships as (

    select * from {{ ref('pool_membership') }}

),

windows as (

    select distinct
        billing_period,
        lower(trim(driver_id)) as driver_key,
        coalesce(measured_from, {{ period_start('measured_period') }}) as window_start,
        coalesce(measured_to, {{ period_end('measured_period') }}) as window_end
    from memberships
    where driver_id is not null

),

read_rows as (

    select distinct
        windows.billing_period,
        driver_usage.driver as driver_id,
        driver_usage.usage_date,
        driver_usage.scope,
        driver_usage.target,
        driver_usage.quantity,
        driver_usage.source_id,
        driver_usage.delivery_id,
        driver_usage.source_file,
        driver_usage.source_row
    from windows
    inner join driver_usage
        on
            windows.driver_key = lower(trim(driver_usage.driver))
            and windows.window_start <= driver_usage.usage_date
            and windows.window_end > driver_usage.usage_date

),

final as (

    select
        billing_period,
        driver_id,
        usage_date,
        scope,
        target,
        quantity,
        source_id,
        delivery_id,
        source_file,
        source_row
    from read_rows

)

select * from final

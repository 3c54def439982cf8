-- one row per row of a feed file
with driver_usage as (
    select * from {{ source('landing_feeds', 'driver_usage') }}
),

staged as (
    select
        _billing_period as billing_period,
        trim(driver) as driver,
        coalesce(trim(scope), '') as scope,
        trim(target) as target,
        nullif(trim(consumer), '') as consumer,
        _source_id as source_id,
        _delivery_id as delivery_id,
        _source_file as source_file,
        _source_row as source_row,
        cast({{ utc_timestamp('trim(date)') }} as date) as usage_date,
        -- a day as such has no hour
        case
            when length(trim(date)) > 10 then extract(hour from {{ utc_timestamp('trim(date)') }})
        end as usage_hour,
        case
            when upper(trim(quantity)) not in ('', 'NULL', 'N/A')
                then {{ decimal_from_text('quantity') }}
        end as quantity
    from driver_usage
)

select * from staged

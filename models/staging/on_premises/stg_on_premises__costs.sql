-- one row per host and month, and one per row of the facility ledger
with costs as (
    select * from {{ source('landing_on_premises', 'on_premises') }}
),

staged as (
    select
        record_type,
        cast(month_start as timestamp) as month_start,
        coalesce(site, '') as site,
        host,
        category,
        {{ decimal_of('amount') }} as amount,
        upper(trim(currency)) as currency,
        {{ decimal_of('kw') }} as kw,
        {{ decimal_of('rack_units') }} as rack_units,
        _extra_columns as extra_columns,
        _source_id as x_source_id,
        _billing_period as x_billing_period,
        _delivery_id as x_delivery_id,
        _source_file as x_source_file,
        cast(register_row as bigint) as x_source_row,
        _charge_id as x_charge_id
    from costs
)

select * from staged

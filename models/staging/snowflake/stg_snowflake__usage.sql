-- one row per row of USAGE_IN_CURRENCY_DAILY in the deliveries in force
with usage_rows as (
    select * from {{ source('landing_snowflake', 'snowflake_usage') }}
),

staged as (
    select
        {{ null_words('ORGANIZATION_NAME') }} as organization_name,
        {{ null_words('ACCOUNT_NAME') }} as account_name,
        {{ null_words('ACCOUNT_LOCATOR') }} as account_locator,
        {{ null_words('REGION') }} as region,
        cast(USAGE_DATE as timestamp) as usage_date,
        {{ decimal_of(null_words('"USAGE"')) }} as usage_quantity,
        upper(trim(CURRENCY)) as currency,
        {{ decimal_of('USAGE_IN_CURRENCY') }} as usage_in_currency,
        lower({{ null_words('BALANCE_SOURCE') }}) as balance_source,
        lower({{ null_words('BILLING_TYPE') }}) as billing_type,
        lower({{ null_words('RATING_TYPE') }}) as rating_type,
        upper(coalesce({{ null_words('SERVICE_TYPE') }}, {{ null_words('USAGE_TYPE') }})) as service_type,
        lower(IS_ADJUSTMENT) in ('true', '1') as is_adjustment,
        _extra_columns as extra_columns,
        _is_final as is_final,
        _source_id as x_source_id,
        _billing_period as x_billing_period,
        _delivery_id as x_delivery_id,
        _source_file as x_source_file,
        _source_row as x_source_row,
        _charge_id as x_charge_id
    from usage_rows
)

select * from staged

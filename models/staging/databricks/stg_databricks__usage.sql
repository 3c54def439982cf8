-- one row per usage record of the deliveries in force
with usage_records as (
    select * from {{ source('landing_databricks', 'databricks_usage') }}
),

staged as (
    select
        record_id,
        account_id,
        {{ null_words('workspace_id') }} as workspace_id,
        {{ null_words('workspace_name') }} as workspace_name,
        sku_name,
        upper({{ null_words('cloud') }}) as cloud,
        cast(usage_start_time as timestamp) as usage_start_time,
        cast(usage_end_time as timestamp) as usage_end_time,
        nullif({{ null_words('custom_tags') }}, '{}') as custom_tags,
        {{ null_words('usage_unit') }} as usage_unit,
        {{ decimal_of('usage_quantity') }} as usage_quantity,
        {{ null_words('usage_metadata') }} as usage_metadata,
        {{ null_words('record_type') }} as record_type,
        upper({{ null_words('billing_origin_product') }}) as billing_origin_product,
        upper(trim(currency_code)) as currency,
        {{ decimal_of(null_words('list_price')) }} as list_price,
        {{ decimal_of(null_words('contract_price')) }} as contract_price,
        _extra_columns as extra_columns,
        _is_final as is_final,
        _source_id as x_source_id,
        _billing_period as x_billing_period,
        _delivery_id as x_delivery_id,
        _source_file as x_source_file,
        _source_row as x_source_row,
        _charge_id as x_charge_id
    from usage_records
)

select * from staged

-- one row per row of the landed deliveries in force
with rows_of_export as (
    select * from {{ source('landing_gcp', 'gcp_detailed') }}
),

staged as (
    select
        billing_account_id,
        coalesce(service, '{}') as service,
        coalesce(sku, '{}') as sku,
        cast(usage_start_time as timestamp) as usage_start,
        cast(usage_end_time as timestamp) as usage_end,
        coalesce(project, '{}') as project,
        nullif(labels, '[]') as labels,
        nullif(system_labels, '[]') as system_labels,
        coalesce(location, '{}') as location,
        nullif(tags, '[]') as tags,
        nullif(transaction_type, '') as transaction_type,
        nullif(seller_name, '') as seller_name,
        {{ decimal_of('cost') }} as cost,
        {{ decimal_of('cost_at_list') }} as cost_at_list,
        {{ decimal_of('cost_at_effective_price_default') }} as cost_at_default_price,
        upper(trim(currency)) as currency,
        usage as usage_details,
        nullif(credits, '[]') as credits,
        invoice,
        nullif(cost_type, '') as cost_type,
        nullif(adjustment_info, '{}') as adjustment_info,
        price,
        subscription,
        consumption_model,
        resource,
        _extra_columns as extra_columns,
        _is_final as is_final,
        _source_id as x_source_id,
        _billing_period as x_billing_period,
        _delivery_id as x_delivery_id,
        _source_file as x_source_file,
        _source_row as x_source_row,
        _charge_id as x_charge_id
    from rows_of_export
)

select * from staged

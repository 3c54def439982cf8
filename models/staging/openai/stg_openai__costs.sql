-- one row per result of the deliveries in force, and one per day without results
with results as (
    select * from {{ source('landing_openai', 'openai_costs') }}
),

staged as (
    select
        cast(start_time as timestamp) as start_time,
        cast(end_time as timestamp) as end_time,
        {{ decimal_of('amount_value') }} as amount,
        upper(trim(amount_currency)) as currency,
        nullif(line_item, '') as line_item,
        nullif(project_id, '') as project_id,
        nullif(project_name, '') as project_name,
        nullif(organization_id, '') as organization_id,
        nullif(organization_name, '') as organization_name,
        nullif(api_key_id, '') as api_key_id,
        {{ decimal_of('quantity') }} as quantity,
        nullif(quantity_unit, '') as quantity_unit,
        _extra_columns as extra_columns,
        _is_final as is_final,
        _source_id as x_source_id,
        _billing_period as x_billing_period,
        _delivery_id as x_delivery_id,
        _source_file as x_source_file,
        _source_row as x_source_row,
        _charge_id as x_charge_id
    from results
)

select * from staged

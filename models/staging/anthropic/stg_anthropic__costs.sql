-- one row per result of the deliveries in force, and one per day without results
with results as (
    select * from {{ source('landing_anthropic', 'anthropic_costs') }}
),

staged as (
    select
        cast(starting_at as timestamp) as start_time,
        cast(ending_at as timestamp) as end_time,
        {{ decimal_of('cost') }} as cost,
        upper(trim(currency)) as currency,
        nullif(workspace_id, '') as workspace_id,
        nullif(description, '') as cost_description,
        nullif(cost_type, '') as cost_type,
        nullif(model, '') as model,
        nullif(token_type, '') as token_type,
        nullif(service_tier, '') as service_tier,
        nullif(inference_geo, '') as inference_geo,
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

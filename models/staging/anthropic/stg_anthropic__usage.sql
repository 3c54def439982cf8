-- one row per result of the deliveries in force, and one per bucket without results
with results as (
    select * from {{ source('landing_anthropic', 'anthropic_usage') }}
),

staged as (
    select
        cast(starting_at as date) as usage_date,
        cast(starting_at as timestamp) as start_time,
        cast(ending_at as timestamp) as end_time,
        nullif(workspace_id, '') as workspace_id,
        nullif(api_key_id, '') as api_key_id,
        lower(nullif(service_tier, '')) as service_tier,
        nullif(model, '') as model,
        {{ decimal_of('uncached_input_tokens') }} as uncached_input_tokens,
        {{ decimal_of('cache_read_input_tokens') }} as cache_read_input_tokens,
        {{ decimal_of('cache_creation_ephemeral_5m_input_tokens') }} as cache_write_5m_input_tokens,
        {{ decimal_of('cache_creation_ephemeral_1h_input_tokens') }} as cache_write_1h_input_tokens,
        {{ decimal_of('output_tokens') }} as output_tokens,
        _billing_period as billing_period,
        _source_id as source_id,
        _delivery_id as delivery_id,
        _source_file as source_file,
        _source_row as source_row
    from results
)

select * from staged

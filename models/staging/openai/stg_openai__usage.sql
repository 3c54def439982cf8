-- one row per result of the deliveries in force, and one per day without results
with results as (
    select * from {{ source('landing_openai', 'openai_usage') }}
),

staged as (
    select
        cast(start_time as date) as usage_date,
        nullif(project_id, '') as project_id,
        nullif(api_key_id, '') as api_key_id,
        nullif(model, '') as model,
        coalesce(lower(batch) = 'true', false) as is_batch,
        lower(nullif(service_tier, '')) as service_tier,
        {{ decimal_of('input_tokens') }} as input_tokens,
        {{ decimal_of('input_cached_tokens') }} as cached_tokens,
        {{ decimal_of('input_cache_write_tokens') }} as cache_write_tokens,
        {{ decimal_of('output_tokens') }} as output_tokens,
        {{ decimal_of('num_model_requests') }} as requests,
        _billing_period as billing_period,
        _source_id as source_id,
        _delivery_id as delivery_id,
        _source_file as source_file,
        _source_row as source_row
    from results
)

select * from staged

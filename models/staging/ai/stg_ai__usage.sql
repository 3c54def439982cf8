-- one row per row of a neutral feed of AI usage
with usage as (
    select * from {{ source('landing_ai', 'ai_usage') }}
),

staged as (
    select
        nullif(trim(request_id), '') as request_id,
        {{ utc_timestamp('trim(time)') }} as used_at,
        length(trim(time)) <= 10 as is_whole_day,
        nullif(trim(provider), '') as provider_name,
        nullif(trim(model), '') as model,
        nullif(trim({{ adapter.quote('key') }}), '') as key_id,
        nullif(trim(team), '') as team,
        nullif(trim(cost_centre), '') as cost_centre,
        nullif(trim(workflow), '') as workflow,
        nullif(trim(use_case), '') as use_case,
        nullif(trim(product), '') as product,
        {{ decimal_of('input_tokens') }} as input_tokens,
        {{ decimal_of('cached_tokens') }} as cached_tokens,
        {{ decimal_of('cache_write_tokens') }} as cache_write_tokens,
        {{ decimal_of('output_tokens') }} as output_tokens,
        {{ decimal_of('reasoning_tokens') }} as reasoning_tokens,
        coalesce({{ decimal_of('requests') }}, 1) as requests,
        coalesce(lower(trim(batch)) in ('true', 't', '1', 'yes'), false) as is_batch,
        coalesce(lower(trim(status)) in ('failure', 'failed', 'error'), false) as is_error,
        {{ decimal_of('spend') }} as spend,
        _billing_period as billing_period,
        _source_id as source_id,
        _delivery_id as delivery_id,
        _source_file as source_file,
        _source_row as source_row
    from usage
)

select * from staged

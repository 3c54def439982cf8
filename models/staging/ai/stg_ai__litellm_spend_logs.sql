-- one row per row of LiteLLM's log of calls; a call may be there several times
{%- set details = [
    'usage_object.cache_read_input_tokens',
    'usage_object.prompt_tokens_details.cached_tokens',
    'usage_object.cache_creation_input_tokens',
    'usage_object.prompt_tokens_details.cache_write_tokens',
    'usage_object.prompt_tokens_details.cache_creation_tokens',
    'usage_object.completion_tokens_details.reasoning_tokens',
    'additional_usage_values.cache_read_input_tokens',
    'additional_usage_values.prompt_tokens_details.cached_tokens',
    'additional_usage_values.cache_creation_input_tokens',
    'additional_usage_values.prompt_tokens_details.cache_write_tokens',
    'additional_usage_values.prompt_tokens_details.cache_creation_tokens',
    'additional_usage_values.completion_tokens_details.reasoning_tokens',
    'spend_logs_metadata.cost_centre',
    'spend_logs_metadata.cost_center',
    'spend_logs_metadata.workflow',
    'spend_logs_metadata.use_case',
    'spend_logs_metadata.product',
    'status',
    'cost_breakdown.total_cost',
    'cost_breakdown.service_tier',
    'batch_successful_requests',
    'batch_failed_requests',
] %}
with calls as (
    select * from {{ source('landing_ai', 'litellm_spend_logs') }}
),

-- what LiteLLM knows beyond its columns is in one JSON text, which is read once
read_once as (
    select
        calls.*,
        {{ json_values('case when ' ~ json_is_valid('metadata') ~ ' then metadata end', details) }} as details
    from calls
),

described as (
    select
        read_once.*,
        coalesce({{ array_item('details', 0) }}, {{ array_item('details', 6) }}) as read_text,
        coalesce({{ array_item('details', 1) }}, {{ array_item('details', 7) }}) as cached_text,
        coalesce({{ array_item('details', 2) }}, {{ array_item('details', 8) }}) as creation_text,
        coalesce(
            {{ array_item('details', 3) }}, {{ array_item('details', 4) }},
            {{ array_item('details', 9) }}, {{ array_item('details', 10) }}
        ) as write_text,
        coalesce({{ array_item('details', 5) }}, {{ array_item('details', 11) }}) as reasoning_text,
        coalesce({{ array_item('details', 12) }}, {{ array_item('details', 13) }}) as told_cost_centre,
        {{ array_item('details', 14) }} as told_workflow,
        {{ array_item('details', 15) }} as told_use_case,
        {{ array_item('details', 16) }} as told_product,
        {{ array_item('details', 17) }} as told_status,
        {{ array_item('details', 18) }} as total_cost_text,
        {{ array_item('details', 19) }} as service_tier,
        {{ array_item('details', 20) }} as batch_successes_text,
        {{ array_item('details', 21) }} as batch_failures_text
    from read_once
),

staged as (
    select
        nullif(trim(request_id), '') as request_id,
        lower(call_type) as call_type,
        starttime as used_at,
        nullif(trim(custom_llm_provider), '') as provider_name,
        nullif(trim(model), '') as model,
        nullif(trim(model_group), '') as model_group,
        nullif(trim(api_key), '') as key_id,
        nullif(trim(team_id), '') as team,
        nullif(trim(told_cost_centre), '') as cost_centre,
        nullif(trim(told_workflow), '') as workflow,
        nullif(trim(told_use_case), '') as use_case,
        nullif(trim(told_product), '') as product,
        request_tags,
        {{ decimal_of('prompt_tokens') }} as prompt_tokens,
        {{ decimal_of('completion_tokens') }} as completion_tokens,
        {{ decimal_of('total_tokens') }} as total_tokens,
        -- LiteLLM writes each of these under two names, and a zero under the one that it does not know
        greatest({{ decimal_of('read_text') }}, {{ decimal_of('cached_text') }}) as cached_tokens,
        greatest({{ decimal_of('creation_text') }}, {{ decimal_of('write_text') }}) as cache_write_tokens,
        {{ decimal_of('reasoning_text') }} as reasoning_tokens,
        {{ decimal_of('batch_successes_text') }} as batch_successes,
        {{ decimal_of('batch_failures_text') }} as batch_failures,
        {{ decimal_of('spend') }} as spend,
        {{ decimal_of('total_cost_text') }} as total_cost,
        lower(service_tier) as service_tier,
        coalesce(lower(cache_hit) = 'true', false) as is_cache_hit,
        coalesce(lower(status) = 'failure' or lower(told_status) = 'failure', false) as is_error,
        _billing_period as billing_period,
        _source_id as source_id,
        _delivery_id as delivery_id,
        _source_file as source_file,
        _source_row as source_row
    from described
)

select * from staged

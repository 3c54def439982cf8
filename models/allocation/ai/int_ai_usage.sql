-- one row per call, or total of calls, that a gateway logged, and per total of a vendor's usage report where no gateway
-- logged anything of that provider and day
-- Kinds of token never overlap: input is what was neither read from a cache nor written to one, output is what was not
-- reasoning. A call that is there several times, in one feed or in several, counts once.
-- Empty, and not worked out, without usage.
{{ config(
    materialized='table_when',
    needed_when="select 1 from landing.deliveries where in_force and source_kind in "
        ~ "('litellm_spend_logs', 'ai_usage', 'openai_usage', 'anthropic_usage')",
) }}
with spend_logs as (

    select * from {{ ref('stg_ai__litellm_spend_logs') }}

),

neutral_usage as (

    select * from {{ ref('stg_ai__usage') }}

),

openai_usage as (

    select * from {{ ref('stg_openai__usage') }}

),

anthropic_usage as (

    select * from {{ ref('stg_anthropic__usage') }}

),

measured_periods as (

    select * from {{ ref('int_measured_periods') }}

),

-- what a provider can have billed: nothing of an answer from the gateway's cache, of a stored answer that is looked at
-- again, or of a call that failed before anything was answered
billable_calls as (

    select
        *,
        coalesce(cached_tokens, 0) + coalesce(cache_write_tokens, 0) as cache_tokens,
        is_cache_hit
        or call_type in ('get_responses', 'aget_responses', 'list_input_items', 'alist_input_items')
        or (is_error and coalesce(completion_tokens, 0) = 0 and coalesce(spend, 0) = 0) as is_unbilled
    from spend_logs
    where billing_period in (select measured_periods.billing_period from measured_periods)

),

-- LiteLLM counts cached input among the prompt's tokens, whoever the provider is, as OpenAI does; before it did, and
-- where it hands on what Anthropic says, the prompt is without them: then it is smaller, or the total larger than both
-- kinds. Likewise reasoning is among the completion's tokens unless there is more of it.
logged_calls as (

    select
        'litellm_spend_logs' as feed,
        source_id,
        billing_period,
        used_at,
        extract(hour from used_at) as usage_hour,
        request_id,
        provider_name,
        coalesce(model, model_group) as model,
        key_id,
        team,
        coalesce(
            cost_centre, trim({{ regexp_group('request_tags', "'\"cost_cent(?:re|er)[:=]([^\"]*)\"'") }})
        ) as cost_centre,
        coalesce(workflow, trim({{ regexp_group('request_tags', "'\"workflow[:=]([^\"]*)\"'") }})) as workflow,
        coalesce(use_case, trim({{ regexp_group('request_tags', "'\"use_case[:=]([^\"]*)\"'") }})) as use_case,
        coalesce(product, trim({{ regexp_group('request_tags', "'\"product[:=]([^\"]*)\"'") }})) as product,
        case
            when is_unbilled then 0
            when prompt_tokens < cache_tokens or total_tokens >= prompt_tokens + completion_tokens + cache_tokens
                then prompt_tokens
            else prompt_tokens - cache_tokens
        end as input_tokens,
        case when is_unbilled then 0 else cached_tokens end as cached_tokens,
        case when is_unbilled then 0 else cache_write_tokens end as cache_write_tokens,
        case
            when is_unbilled then 0
            when coalesce(reasoning_tokens, 0) > completion_tokens then completion_tokens
            else completion_tokens - coalesce(reasoning_tokens, 0)
        end as output_tokens,
        case when is_unbilled then 0 else reasoning_tokens end as reasoning_tokens,
        coalesce(call_type like '%batch%', false) or coalesce(service_tier = 'batch', false) as is_batch,
        coalesce(batch_successes + coalesce(batch_failures, 0), 1) as requests,
        is_error,
        service_tier,
        -- LiteLLM leaves some calls without a price that its own breakdown has
        coalesce(nullif(spend, 0), total_cost, spend) as gateway_spend,
        delivery_id,
        source_file,
        source_row
    from billable_calls

),

reported_calls as (

    select
        'ai_usage' as feed,
        source_id,
        billing_period,
        used_at,
        case when not is_whole_day then extract(hour from used_at) end as usage_hour,
        request_id,
        provider_name,
        model,
        key_id,
        team,
        cost_centre,
        workflow,
        use_case,
        product,
        input_tokens,
        cached_tokens,
        cache_write_tokens,
        output_tokens,
        reasoning_tokens,
        is_batch,
        requests,
        is_error,
        case when is_batch then 'batch' end as service_tier,
        spend as gateway_spend,
        delivery_id,
        source_file,
        source_row
    from neutral_usage
    where billing_period in (select measured_periods.billing_period from measured_periods)

),

gateway_calls as (

    select * from logged_calls
    union all
    select * from reported_calls

),

-- of a call behind two gateways, the first knows who called
numbered_calls as (

    select
        *,
        {{ ai_provider('provider_name') }} as provider,
        case
            when request_id is null then 1
            else row_number() over (
                partition by request_id
                order by used_at, source_id, source_file, source_row
            )
        end as occurrence
    from gateway_calls

),

gateway_usage as (

    select * from numbered_calls
    where occurrence = 1

),

gateway_days as (

    select distinct
        provider,
        cast(used_at as date) as usage_date
    from gateway_usage

),

-- OpenAI counts what was cached among the input, and does not tell reasoning apart; Anthropic reports each by itself
vendor_usage as (

    select
        'openai_usage' as feed,
        source_id,
        billing_period,
        cast(usage_date as timestamp) as used_at,
        cast(null as bigint) as usage_hour,
        'openai' as provider,
        model,
        api_key_id as key_id,
        project_id as team,
        input_tokens - coalesce(cached_tokens, 0) - coalesce(cache_write_tokens, 0) as input_tokens,
        cached_tokens,
        cache_write_tokens,
        output_tokens,
        is_batch,
        requests,
        service_tier,
        delivery_id,
        source_file,
        source_row
    from openai_usage
    where
        input_tokens is not null
        and billing_period in (select measured_periods.billing_period from measured_periods)
    union all
    select
        'anthropic_usage' as feed,
        source_id,
        billing_period,
        start_time as used_at,
        case
            when end_time <= {{ dbt.dateadd('hour', 1, 'start_time') }} then extract(hour from start_time)
        end as usage_hour,
        'anthropic' as provider,
        model,
        api_key_id as key_id,
        workspace_id as team,
        uncached_input_tokens as input_tokens,
        cache_read_input_tokens as cached_tokens,
        case
            when coalesce(cache_write_5m_input_tokens, cache_write_1h_input_tokens) is not null
                then coalesce(cache_write_5m_input_tokens, 0) + coalesce(cache_write_1h_input_tokens, 0)
        end as cache_write_tokens,
        output_tokens,
        coalesce(service_tier = 'batch', false) as is_batch,
        cast(null as decimal(38, 12)) as requests,
        service_tier,
        delivery_id,
        source_file,
        source_row
    from anthropic_usage
    where
        uncached_input_tokens is not null
        and billing_period in (select measured_periods.billing_period from measured_periods)

),

final as (

    select
        source_id,
        feed,
        billing_period,
        cast(used_at as date) as usage_date,
        usage_hour,
        used_at,
        request_id,
        provider,
        model,
        concat(coalesce(provider, ''), '|', coalesce(lower(model), '')) as model_key,
        key_id,
        team,
        nullif(cost_centre, '') as cost_centre,
        nullif(workflow, '') as workflow,
        nullif(use_case, '') as use_case,
        nullif(product, '') as product,
        input_tokens,
        cached_tokens,
        cache_write_tokens,
        output_tokens,
        reasoning_tokens,
        is_batch,
        requests,
        is_error,
        service_tier,
        gateway_spend,
        delivery_id,
        source_file,
        source_row
    from gateway_usage
    union all
    select
        vendor_usage.source_id,
        vendor_usage.feed,
        vendor_usage.billing_period,
        cast(vendor_usage.used_at as date) as usage_date,
        vendor_usage.usage_hour,
        vendor_usage.used_at,
        cast(null as {{ dbt.type_string() }}) as request_id,
        vendor_usage.provider,
        vendor_usage.model,
        concat(vendor_usage.provider, '|', coalesce(lower(vendor_usage.model), '')) as model_key,
        vendor_usage.key_id,
        vendor_usage.team,
        cast(null as {{ dbt.type_string() }}) as cost_centre,
        cast(null as {{ dbt.type_string() }}) as workflow,
        cast(null as {{ dbt.type_string() }}) as use_case,
        cast(null as {{ dbt.type_string() }}) as product,
        vendor_usage.input_tokens,
        vendor_usage.cached_tokens,
        vendor_usage.cache_write_tokens,
        vendor_usage.output_tokens,
        cast(null as decimal(38, 12)) as reasoning_tokens,
        vendor_usage.is_batch,
        vendor_usage.requests,
        false as is_error,
        vendor_usage.service_tier,
        cast(null as decimal(38, 12)) as gateway_spend,
        vendor_usage.delivery_id,
        vendor_usage.source_file,
        vendor_usage.source_row
    from vendor_usage
    left join gateway_days
        on
            vendor_usage.provider = gateway_days.provider
            and cast(vendor_usage.used_at as date) = gateway_days.usage_date
    where gateway_days.provider is null

)

select * from final

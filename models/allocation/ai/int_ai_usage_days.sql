-- one row per day, model, consumer and mode (batch or not): what was used of AI, what it is worth, and whose it is
-- Tokens are worth what the policy says, in the reporting currency; a price that is missing makes the worth unknown,
-- never smaller. Empty, and not worked out, without usage.
{{ config(
    materialized='table_when',
    needed_when='select 1 from allocation.int_ai_usage',
) }}
{%- set classes = ai_token_classes() %}
{%- set attributes = ai_consumer_attributes() %}
with usage as (

    select * from {{ ref('int_ai_usage') }}

),

token_prices as (

    select * from {{ ref('int_ai_token_prices') }}

),

ai_consumers as (

    select * from {{ ref('ai_consumers') }}

),

cost_domains as (

    select * from {{ ref('cost_domains') }}

),

model_names as (

    select distinct
        coalesce(provider, '') as name_provider,
        coalesce(lower(trim(model)), '') as name_text,
        usage_date as as_of
    from usage

),

models as (

    {{ ai_pattern_matches('model_names', 'model') }}

),

daily as (

    select
        usage.billing_period,
        usage.usage_date,
        coalesce(models.provider, usage.provider, '') || '|' || coalesce(models.model, lower(trim(usage.model)), '')
            as ai_model,
        models.model_family,
        models.model_class,
        {% for attribute in attributes -%}
            nullif(trim(usage.{{ attribute }}), '') as {{ attribute }},
        {% endfor -%}
        coalesce(usage.is_batch, false) as is_batch,
        {% for column in classes.values() -%}
            cast(coalesce(sum(usage.{{ column }}), 0) as decimal(38, 12)) as {{ column }},
        {% endfor -%}
        cast(sum(usage.requests) as decimal(38, 12)) as requests,
        cast(sum(case when usage.is_error then usage.requests else 0 end) as decimal(38, 12)) as failed_requests,
        cast(sum(usage.gateway_spend) as decimal(38, 12)) as gateway_spend
    from usage
    left join models
        on
            coalesce(usage.provider, '') = models.name_provider
            and coalesce(lower(trim(usage.model)), '') = models.name_text
            and usage.usage_date = models.as_of
    group by
        usage.billing_period,
        usage.usage_date,
        coalesce(models.provider, usage.provider, '') || '|' || coalesce(models.model, lower(trim(usage.model)), ''),
        models.model_family,
        models.model_class,
        {% for attribute in attributes -%}
            nullif(trim(usage.{{ attribute }}), ''),
        {% endfor -%}
        coalesce(usage.is_batch, false)

),

identified as (

    select
        daily.*,
        {{ ai_consumer_id('daily') }} as consumer_id,
        {{ regexp_group('daily.ai_model', "'^([^|]*)[|]'", 1) }} as provider
    from daily

),

-- what the policy says of the narrowest thing that it knows
consumer_days as (

    select distinct
        usage_date,
        provider,
        consumer_id,
        {{ attributes | join(',\n        ') }}
    from identified

),

named as (

    {% for attribute in ['key_id', 'workflow', 'use_case', 'product', 'team', 'cost_centre'] %}
        select
            usage_date,
            provider,
            consumer_id,
            {{ loop.index }} as search_order,
            '{{ attribute | replace('_id', '') }}' as kind,
            lower({{ attribute }}) as value
        from consumer_days
        where {{ attribute }} is not null
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

policy_targets as (

    select
        named.usage_date,
        named.provider,
        named.consumer_id,
        coalesce(ai_consumers.domain_id, ai_consumers.pool_id) as target,
        row_number() over (
            partition by named.usage_date, named.provider, named.consumer_id
            order by named.search_order, case when ai_consumers.provider is null then 1 else 0 end
        ) as place
    from named
    inner join ai_consumers
        on
            named.kind = ai_consumers.kind
            and named.value = lower(trim(ai_consumers.value))
            and {{ same_or_any('ai_consumers.provider', 'named.provider') }}
            and {{ in_force('named.usage_date', 'ai_consumers') }}

),

-- a caller names a domain, or a cost centre: then its product's leaf, its only leaf or its own
centre_matches as (

    select
        consumer_days.usage_date,
        consumer_days.provider,
        consumer_days.consumer_id,
        max(
            case
                when lower(consumer_days.cost_centre) = lower(trim(cost_domains.domain_id)) then cost_domains.domain_id
            end
        ) as same_domain_id,
        count(case when lower(consumer_days.product) = lower(trim(cost_domains.product)) then 1 end) as of_product,
        min(
            case
                when lower(consumer_days.product) = lower(trim(cost_domains.product)) then cost_domains.domain_id
            end
        ) as product_domain_id,
        count(*) as of_centre,
        min(cost_domains.domain_id) as centre_domain_id,
        count(case when {{ is_general_leaf('cost_domains') }} then 1 end) as of_general,
        min(case when {{ is_general_leaf('cost_domains') }} then cost_domains.domain_id end) as general_domain_id
    from consumer_days
    inner join cost_domains
        on
            (
                lower(consumer_days.cost_centre) = lower(trim(cost_domains.domain_id))
                or lower(consumer_days.cost_centre) = lower(trim(cost_domains.cost_centre))
            )
            and {{ in_force('consumer_days.usage_date', 'cost_domains') }}
    group by
        consumer_days.usage_date,
        consumer_days.provider,
        consumer_days.consumer_id

),

targets as (

    select
        consumer_days.usage_date,
        consumer_days.provider,
        consumer_days.consumer_id,
        coalesce(
            policy_targets.target,
            centre_matches.same_domain_id,
            case when centre_matches.of_product = 1 then centre_matches.product_domain_id end,
            case when centre_matches.of_centre = 1 then centre_matches.centre_domain_id end,
            case when centre_matches.of_general = 1 then centre_matches.general_domain_id end,
            'unallocated'
        ) as target,
        case
            when policy_targets.target is not null then 'policy'
            when
                centre_matches.same_domain_id is not null
                or centre_matches.of_product = 1
                or centre_matches.of_centre = 1
                or centre_matches.of_general = 1
                then 'cost_centre'
            when centre_matches.of_centre > 1 then 'ambiguous_cost_centre'
            when consumer_days.cost_centre is not null then 'unknown_cost_centre'
            else 'unknown_consumer'
        end as target_reason
    from consumer_days
    left join policy_targets
        on
            consumer_days.usage_date = policy_targets.usage_date
            and consumer_days.provider = policy_targets.provider
            and consumer_days.consumer_id = policy_targets.consumer_id
            and policy_targets.place = 1
    left join centre_matches
        on
            consumer_days.usage_date = centre_matches.usage_date
            and consumer_days.provider = centre_matches.provider
            and consumer_days.consumer_id = centre_matches.consumer_id

),

class_tokens as (

    {% for token_class, column in classes.items() %}
        select
            usage_date,
            ai_model,
            consumer_id,
            is_batch,
            '{{ token_class }}' as token_class,
            {{ column }} as tokens
        from identified
        where {{ column }} <> 0
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

priced as (

    select
        class_tokens.usage_date,
        class_tokens.ai_model,
        class_tokens.consumer_id,
        class_tokens.is_batch,
        case
            when count(*) = count(token_prices.price)
                then sum({{ ai_priced('class_tokens.tokens', 'token_prices.price') }})
        end as priced_tokens,
        {{ text_agg(
            "case when token_prices.price is null then class_tokens.token_class end", ', ', 'class_tokens.token_class'
        ) }} as unpriced_classes
    from class_tokens
    left join token_prices
        on
            class_tokens.ai_model = token_prices.ai_model
            and class_tokens.token_class = token_prices.token_class
            and class_tokens.is_batch = token_prices.is_batch
            and {{ in_force('class_tokens.usage_date', 'token_prices') }}
            and substr(cast(class_tokens.usage_date as {{ dbt.type_string() }}), 1, 7) = token_prices.billing_period
    group by
        class_tokens.usage_date,
        class_tokens.ai_model,
        class_tokens.consumer_id,
        class_tokens.is_batch

),

final as (

    select
        identified.billing_period,
        identified.usage_date,
        identified.ai_model,
        identified.provider,
        identified.model_family,
        identified.model_class,
        identified.consumer_id,
        {% for attribute in attributes -%}
            identified.{{ attribute }},
        {% endfor -%}
        identified.is_batch,
        {% for column in classes.values() -%}
            identified.{{ column }},
        {% endfor -%}
        identified.requests,
        identified.failed_requests,
        identified.gateway_spend,
        -- no tokens are worth nothing; tokens without a price are worth what nobody knows
        case
            when priced.consumer_id is null then cast(0 as decimal(38, 12))
            else cast(priced.priced_tokens as decimal(38, 12))
        end as priced_tokens,
        nullif(priced.unpriced_classes, '') as unpriced_classes,
        targets.target,
        targets.target_reason
    from identified
    inner join targets
        on
            identified.usage_date = targets.usage_date
            and identified.provider = targets.provider
            and identified.consumer_id = targets.consumer_id
    left join priced
        on
            identified.usage_date = priced.usage_date
            and identified.ai_model = priced.ai_model
            and identified.consumer_id = priced.consumer_id
            and identified.is_batch = priced.is_batch

)

select * from final

-- one row per billing period, dimension, provider and name: what AI costs per unit of what it did
-- Ratios are sums over sums, null when there is nothing to divide by. The cost that is divided by what was logged is
-- that of the callers who were logged: what nobody saw has no tokens here, and would make everybody's dearer.
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['dimension', 'provider', 'name'],
) }}
{%- set tokens = ai_token_classes().values() | list %}
with run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

run_context as (

    select * from {{ ref('stg_landing__run_context') }}

),

ai_costs as (

    select * from {{ ref('fct_ai_costs') }}

),

coverage as (

    select * from {{ ref('kpi_ai_coverage') }}

),

rows_in_scope as (

    select
        ai_costs.*,
        case when ai_costs.billing_currency is null then 0 else ai_costs.reporting_effective_cost end as cost,
        ai_costs.consumer_id is not null
        and coalesce(ai_costs.key_id, '') not in ('__idle__', '__not_seen_by_gateway__') as is_logged
    from ai_costs
    inner join run_scope
        on ai_costs.billing_period = run_scope.billing_period

),

dimensions as (

    {% for dimension, provider, name in [
        ('estate', 'cast(null as ' ~ dbt.type_string() ~ ')', "'all models'"),
        ('provider', 'provider', 'provider'),
        ('model', 'provider', 'model'),
        ('model_family', 'provider', 'model_family'),
        ('model_class', 'provider', 'model_class'),
        ('team', 'cast(null as ' ~ dbt.type_string() ~ ')', 'team'),
        ('use_case', 'cast(null as ' ~ dbt.type_string() ~ ')', 'use_case'),
        ('workflow', 'cast(null as ' ~ dbt.type_string() ~ ')', 'workflow'),
        ('domain', 'cast(null as ' ~ dbt.type_string() ~ ')', 'domain_id'),
    ] %}
        select
            billing_period,
            '{{ dimension }}' as dimension,
            {{ provider }} as provider,
            {{ name }} as name,
            cost,
            is_logged,
            {% for column in tokens -%}
                {{ column }},
            {% endfor -%}
            requests,
            failed_requests
        from rows_in_scope
        where {{ name }} is not null
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- tokens of the bill, where the bill has them for all of a model's days
billed as (

    {% for dimension, name in [
        ('provider', 'provider'), ('model', 'model'), ('model_family', 'model_family'), ('model_class', 'model_class'),
    ] %}
        select
            coverage.billing_period,
            '{{ dimension }}' as dimension,
            coverage.provider,
            coverage.{{ name }} as name,
            case
                when count(coverage.measured_by) = count(coverage.billed_tokens) then sum(coverage.billed_tokens)
            end as billed_tokens
        from coverage
        inner join run_scope
            on coverage.billing_period = run_scope.billing_period
        where coverage.{{ name }} is not null
        group by
            coverage.billing_period,
            coverage.provider,
            coverage.{{ name }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

sums as (

    select
        billing_period,
        dimension,
        provider,
        name,
        case when count(*) = count(cost) then sum(cost) end as effective_cost,
        case when count(*) = count(cost) then sum(case when is_logged then cost else 0 end) end as logged_cost,
        {% for column in tokens -%}
            sum({{ column }}) as {{ column }},
        {% endfor -%}
        sum(requests) as requests,
        sum(failed_requests) as failed_requests
    from dimensions
    group by
        billing_period,
        dimension,
        provider,
        name

),

totals as (

    select
        sums.*,
        sums.input_tokens + sums.cached_tokens + sums.cache_write_tokens as prompt_tokens,
        sums.output_tokens + sums.reasoning_tokens as answer_tokens,
        billed.billed_tokens
    from sums
    left join billed
        on
            sums.billing_period = billed.billing_period
            and sums.dimension = billed.dimension
            and sums.provider = billed.provider
            and sums.name = billed.name

),

final as (

    select
        totals.billing_period,
        totals.dimension,
        totals.provider,
        totals.name,
        cast(totals.effective_cost as decimal(38, 12)) as effective_cost,
        cast(totals.logged_cost as decimal(38, 12)) as logged_cost,
        run_context.reporting_currency,
        {% for column in tokens -%}
            cast(totals.{{ column }} as decimal(38, 12)) as {{ column }},
        {% endfor -%}
        cast(totals.billed_tokens as decimal(38, 12)) as billed_tokens,
        cast(totals.requests as decimal(38, 12)) as requests,
        cast(totals.failed_requests as decimal(38, 12)) as failed_requests,
        {{ ratio('totals.logged_cost', 'totals.prompt_tokens + totals.answer_tokens') }} * 1000000
            as cost_per_million_tokens,
        {{ ratio('totals.effective_cost', 'totals.billed_tokens') }} * 1000000 as cost_per_million_billed_tokens,
        {{ ratio('totals.logged_cost', 'totals.requests') }} as cost_per_request,
        {{ ratio('totals.logged_cost', 'totals.requests - totals.failed_requests') }} as cost_per_inference,
        {{ ratio('totals.reasoning_tokens', 'totals.answer_tokens') }} as reasoning_share_of_answers,
        {{ ratio('totals.cached_tokens', 'totals.prompt_tokens') }} as cached_share_of_prompts,
        {{ ratio('totals.failed_requests', 'totals.requests') }} as failed_share_of_requests
    from totals
    cross join run_context

)

select * from final

-- one row per billing period, source, charge day, model, consumer, owner, pool and currency: what AI cost, and what was
-- used for it
-- The cost is the bill's, to the last digit. Use stands once: on the first row of its day, model and consumer, or on a
-- row without cost where the bill has none.
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['charge_date', 'ai_model', 'consumer_id', 'domain_id', 'source_id', 'cost_row_id'],
) }}
{%- set tokens = ai_token_classes().values() | list %}
{%- set usage_columns = tokens + ['requests', 'failed_requests'] %}
{%- set attributes = ai_consumer_attributes() %}
{%- set dimensions = [
    'billing_period', 'source_id', 'charge_date', 'service_provider_name', 'service_name', 'ai_model', 'model_family',
    'model_class', 'domain_id', 'pool_id', 'share_id', 'allocation_method', 'reason', 'billing_currency',
] %}
with run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

allocated_costs as (

    select * from {{ ref('fct_allocated_costs') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

-- reports of other periods stand: their shares are not read again
consumer_shares as (

    select *
    from {{ ref('fct_consumer_shares') }}
    where billing_period in (select run_scope.billing_period from run_scope)

),

usage_days as (

    select * from {{ ref('int_ai_usage_days') }}

),

cost_domains as (

    select * from {{ ref('cost_domains') }}

),

rates as (

    select * from {{ ref('int_reporting_rates') }}

),

ai_ledger as (

    select
        allocated_costs.billing_period,
        allocated_costs.source_id,
        allocated_costs.charge_date,
        allocated_costs.domain_id,
        allocated_costs.pool_id,
        allocated_costs.share_id,
        allocated_costs.allocation_method,
        allocated_costs.reason,
        allocated_costs.billing_currency,
        allocated_costs.billed_cost,
        allocated_costs.effective_cost,
        allocated_costs.list_cost,
        allocated_costs.contracted_cost,
        identities.service_provider_name,
        identities.service_name,
        identities.ai_model,
        identities.ai_model_family as model_family,
        identities.ai_model_class as model_class
    from allocated_costs
    inner join run_scope
        on allocated_costs.billing_period = run_scope.billing_period
    inner join identities
        on allocated_costs.identity_id = identities.identity_id
    where identities.service_category = 'AI and Machine Learning'

),

consumed as (

    {{ consumer_costs('ai_ledger', 'consumer_shares', dimensions) }}

),

costs as (

    select
        billing_period,
        source_id,
        charge_date,
        service_provider_name,
        service_name,
        ai_model,
        max(model_family) as model_family,
        max(model_class) as model_class,
        consumer_id,
        domain_id,
        pool_id,
        via_pool_id,
        allocation_method,
        reason,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost
    from consumed
    group by
        billing_period,
        source_id,
        charge_date,
        service_provider_name,
        service_name,
        ai_model,
        consumer_id,
        domain_id,
        pool_id,
        via_pool_id,
        allocation_method,
        reason,
        billing_currency

),

usage as (

    select
        billing_period,
        usage_date,
        ai_model,
        consumer_id,
        max(model_family) as model_family,
        max(model_class) as model_class,
        {% for column in usage_columns -%}
            sum({{ column }}) as {{ column }},
        {% endfor -%}
        min(target) as target
    from usage_days
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        usage_date,
        ai_model,
        consumer_id

),

consumers as (

    select distinct
        consumer_id,
        {{ attributes | join(',\n        ') }}
    from usage_days

),

placed_costs as (

    select
        costs.*,
        case
            when costs.consumer_id is not null
                then row_number() over (
                    partition by costs.billing_period, costs.charge_date, costs.ai_model, costs.consumer_id
                    order by
                        costs.source_id, costs.service_provider_name, costs.service_name, costs.pool_id,
                        costs.via_pool_id, costs.domain_id, costs.allocation_method, costs.reason,
                        costs.billing_currency
                )
        end as place
    from costs

),

joined as (

    select
        placed_costs.billing_period,
        placed_costs.source_id,
        placed_costs.charge_date,
        placed_costs.service_provider_name,
        placed_costs.service_name,
        placed_costs.ai_model,
        placed_costs.model_family,
        placed_costs.model_class,
        placed_costs.consumer_id,
        placed_costs.domain_id,
        placed_costs.pool_id,
        placed_costs.via_pool_id,
        placed_costs.allocation_method,
        coalesce(placed_costs.reason, case when placed_costs.ai_model is null then 'unknown_model' end) as reason,
        {% for column in usage_columns -%}
            usage.{{ column }},
        {% endfor -%}
        placed_costs.billing_currency,
        placed_costs.billed_cost,
        placed_costs.effective_cost,
        placed_costs.list_cost,
        placed_costs.contracted_cost
    from placed_costs
    left join usage
        on
            placed_costs.billing_period = usage.billing_period
            and placed_costs.charge_date = usage.usage_date
            and placed_costs.ai_model = usage.ai_model
            and placed_costs.consumer_id = usage.consumer_id
            and placed_costs.place = 1

    union all

    -- what a gateway logged and no share of the bill is of: a model or day not billed, or not divided by the log
    select
        usage.billing_period,
        cast(null as {{ dbt.type_string() }}) as source_id,
        usage.usage_date as charge_date,
        cast(null as {{ dbt.type_string() }}) as service_provider_name,
        cast(null as {{ dbt.type_string() }}) as service_name,
        usage.ai_model,
        usage.model_family,
        usage.model_class,
        usage.consumer_id,
        coalesce(cost_domains.domain_id, 'unallocated') as domain_id,
        cast(null as {{ dbt.type_string() }}) as pool_id,
        cast(null as {{ dbt.type_string() }}) as via_pool_id,
        cast(null as {{ dbt.type_string() }}) as allocation_method,
        'usage_without_cost' as reason,
        {% for column in usage_columns -%}
            usage.{{ column }},
        {% endfor -%}
        cast(null as {{ dbt.type_string() }}) as billing_currency,
        cast(0 as decimal(38, 12)) as billed_cost,
        cast(0 as decimal(38, 12)) as effective_cost,
        cast(0 as decimal(38, 12)) as list_cost,
        cast(0 as decimal(38, 12)) as contracted_cost
    from usage
    left join cost_domains
        on
            lower(trim(usage.target)) = lower(trim(cost_domains.domain_id))
            and {{ in_force('usage.usage_date', 'cost_domains') }}
    left join placed_costs
        on
            usage.billing_period = placed_costs.billing_period
            and usage.usage_date = placed_costs.charge_date
            and usage.ai_model = placed_costs.ai_model
            and usage.consumer_id = placed_costs.consumer_id
            and placed_costs.place = 1
    where placed_costs.consumer_id is null

),

final as (

    select
        joined.billing_period,
        joined.source_id,
        joined.charge_date,
        joined.service_provider_name,
        joined.service_name,
        {{ regexp_group('joined.ai_model', "'^([^|]*)[|]'", 1) }} as provider,
        {{ regexp_group('joined.ai_model', "'[|](.*)$'", 1) }} as model,
        joined.ai_model,
        joined.model_family,
        joined.model_class,
        joined.consumer_id,
        case
            when joined.consumer_id = {{ ai_named_consumer_id('__idle__') }} then '__idle__'
            when joined.consumer_id = {{ ai_named_consumer_id('__not_seen_by_gateway__') }}
                then '__not_seen_by_gateway__'
            else consumers.key_id
        end as key_id,
        consumers.team,
        consumers.cost_centre,
        consumers.workflow,
        consumers.use_case,
        consumers.product,
        joined.domain_id,
        joined.pool_id,
        joined.via_pool_id,
        joined.allocation_method,
        joined.reason,
        {% for column in usage_columns -%}
            cast(joined.{{ column }} as decimal(38, 12)) as {{ column }},
        {% endfor -%}
        joined.billing_currency,
        cast(joined.billed_cost as decimal(38, 12)) as billed_cost,
        cast(joined.effective_cost as decimal(38, 12)) as effective_cost,
        cast(joined.list_cost as decimal(38, 12)) as list_cost,
        cast(joined.contracted_cost as decimal(38, 12)) as contracted_cost,
        rates.to_currency as reporting_currency,
        cast({{ convert_currency('joined.effective_cost', 'rates.rate') }} as decimal(38, 12))
            as reporting_effective_cost,
        {{ integer_key([
            'joined.billing_period', 'joined.source_id', 'joined.charge_date', 'joined.service_provider_name',
            'joined.service_name', 'joined.ai_model', 'joined.consumer_id', 'joined.domain_id', 'joined.pool_id',
            'joined.via_pool_id', 'joined.allocation_method', 'joined.reason', 'joined.billing_currency',
        ]) }} as cost_row_id
    from joined
    left join consumers
        on joined.consumer_id = consumers.consumer_id
    left join rates
        on
            joined.billing_period = rates.billing_period
            and joined.billing_currency = rates.from_currency

)

select * from final

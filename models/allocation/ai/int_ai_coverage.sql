-- one row per day and model that was billed or logged: what the bill says was used, and what of it a gateway saw
-- What the bill says is measured as a gateway's log is, by what its tokens are worth; where the bill has no tokens, or
-- they have no price, by its list cost. Provisioned throughput is measured by what it can take. What is compared is in
-- the reporting currency. Empty, and not worked out, unless a gateway logged something or a pool is divided by it.
{{ config(
    materialized='table_when',
    needed_when="select 1 from allocation.int_ai_usage union all select 1 from ("
        ~ "select driver_id from policy.pools union all select driver_id from policy.pool_fallbacks) as asked "
        ~ "where lower(trim(driver_id)) = 'ai_priced_tokens'",
) }}
with charges as (

    select * from {{ ref('focus_cost_and_usage') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

usage_days as (

    select * from {{ ref('int_ai_usage_days') }}

),

token_prices as (

    select * from {{ ref('int_ai_token_prices') }}

),

ai_capacity as (

    select * from {{ ref('ai_capacity') }}

),

measured_periods as (

    select * from {{ ref('int_measured_periods') }}

),

run_context as (

    select * from {{ ref('stg_landing__run_context') }}

),

fx_rates as (

    select * from {{ ref('fx_rates') }}

),

metered as (

    select
        charges.x_billing_period as billing_period,
        charges.x_charge_date as usage_date,
        identities.ai_model,
        identities.ai_model_family as model_family,
        identities.ai_model_class as model_class,
        identities.ai_token_class as token_class,
        coalesce(identities.ai_is_batch, false) as is_batch,
        charges.BillingCurrency as billing_currency,
        charges.ChargeCategory = 'Usage' as is_usage,
        charges.ListCost as list_cost,
        charges.ConsumedQuantity as consumed_quantity,
        -- a unit that says tokens says how many; of others a pattern may know
        coalesce(
            cast(
                case
                    when lower(charges.ConsumedUnit) in ('tokens', 'token') then '1'
                    else nullif({{ regexp_group('lower(charges.ConsumedUnit)', "'^([0-9]{1,9}) tokens?$'", 1) }}, '')
                end as decimal(38, 12)
            ),
            identities.ai_tokens_per_unit
        ) as tokens_per_unit
    from charges
    inner join identities
        on charges.x_identity_id = identities.identity_id
    where
        charges.ServiceCategory = 'AI and Machine Learning'
        and charges.x_billing_period in (select measured_periods.billing_period from measured_periods)
        and identities.ai_model is not null

),

-- the tokens of a day are priced together, as a gateway's are
meters as (

    select
        billing_period,
        usage_date,
        ai_model,
        token_class,
        is_batch,
        billing_currency,
        max(model_family) as model_family,
        max(model_class) as model_class,
        count(case when is_usage then 1 end) as usage_count,
        sum(case when is_usage then {{ decimal_product('consumed_quantity', 'tokens_per_unit') }} end) as tokens,
        count(
            case when is_usage and consumed_quantity is not null and tokens_per_unit is not null then 1 end
        ) as counted,
        sum(case when is_usage then consumed_quantity end) as consumed_quantity,
        sum(case when is_usage then list_cost end) as list_cost,
        count(case when is_usage and list_cost is not null then 1 end) as listed
    from metered
    group by
        billing_period,
        usage_date,
        ai_model,
        token_class,
        is_batch,
        billing_currency

),

measured_meters as (

    select
        meters.usage_date,
        meters.ai_model,
        meters.model_family,
        meters.model_class,
        meters.token_class,
        meters.usage_count,
        case when meters.counted = meters.usage_count then meters.tokens end as tokens,
        case
            when meters.counted = meters.usage_count then {{ ai_priced('meters.tokens', 'token_prices.price') }}
        end as priced_tokens,
        case when meters.token_class = 'provisioned' then meters.consumed_quantity end as unit_hours,
        case
            when meters.listed < meters.usage_count then null
            when meters.billing_currency = run_context.reporting_currency then meters.list_cost
            else {{ convert_currency('meters.list_cost', 'fx_rates.rate') }}
        end as list_cost
    from meters
    cross join run_context
    left join token_prices
        on
            meters.ai_model = token_prices.ai_model
            and meters.token_class = token_prices.token_class
            and meters.is_batch = token_prices.is_batch
            and {{ in_force('meters.usage_date', 'token_prices') }}
            and substr(cast(meters.usage_date as {{ dbt.type_string() }}), 1, 7) = token_prices.billing_period
    left join fx_rates
        on
            meters.billing_period = fx_rates.billing_period
            and meters.billing_currency = fx_rates.from_currency
            and run_context.reporting_currency = fx_rates.to_currency

),

billed as (

    select
        usage_date,
        ai_model,
        max(model_family) as model_family,
        max(model_class) as model_class,
        sum(usage_count) as usage_count,
        -- credits and the like are no use: they have nothing that would have to be known
        case when count(case when usage_count > 0 then 1 end) = count(tokens) then sum(tokens) end as tokens,
        case
            when count(case when usage_count > 0 then 1 end) = count(priced_tokens) then sum(priced_tokens)
        end as priced_tokens,
        case when count(case when usage_count > 0 then 1 end) = count(list_cost) then sum(list_cost) end as list_cost,
        sum(unit_hours) as unit_hours
    from measured_meters
    group by
        usage_date,
        ai_model

),

capacities as (

    select
        lower(trim(provider)) || '|' || lower(trim(model)) as ai_model,
        units,
        tokens_per_unit_hour,
        coalesce(cached_weight, 0) as cached_weight,
        coalesce(cache_write_weight, 1) as cache_write_weight,
        coalesce(output_weight, 1) as output_weight,
        coalesce(idle_domain_id, idle_pool_id, 'unallocated') as idle_target,
        valid_from,
        valid_to
    from ai_capacity
    where tokens_per_unit_hour is not null

),

logged as (

    select
        usage_days.usage_date,
        usage_days.ai_model,
        max(usage_days.model_family) as model_family,
        max(usage_days.model_class) as model_class,
        {% for column in ai_token_classes().values() -%}
            sum(usage_days.{{ column }}) as {{ column }},
        {% endfor -%}
        sum(usage_days.requests) as requests,
        sum(usage_days.failed_requests) as failed_requests,
        case when count(*) = count(usage_days.priced_tokens) then sum(usage_days.priced_tokens) end as priced_tokens,
        {{ text_agg('usage_days.unpriced_classes', ', ', 'usage_days.consumer_id') }} as unpriced_classes
    from usage_days
    group by
        usage_days.usage_date,
        usage_days.ai_model

),

days as (

    select
        usage_date,
        ai_model
    from billed
    union
    select
        usage_date,
        ai_model
    from logged

),

compared as (

    select
        days.usage_date,
        days.ai_model,
        coalesce(billed.model_family, logged.model_family) as model_family,
        coalesce(billed.model_class, logged.model_class) as model_class,
        billed.ai_model is not null as is_billed,
        logged.ai_model is not null as is_logged,
        coalesce(billed.usage_count, 0) as usage_count,
        billed.tokens as billed_tokens,
        billed.priced_tokens as billed_priced_tokens,
        billed.list_cost,
        coalesce(logged.input_tokens + logged.cached_tokens + logged.cache_write_tokens, 0) as logged_prompt_tokens,
        coalesce(logged.output_tokens + logged.reasoning_tokens, 0) as logged_answer_tokens,
        logged.requests,
        logged.failed_requests,
        case when logged.ai_model is null then 0 else logged.priced_tokens end as logged_priced_tokens,
        logged.unpriced_classes,
        capacities.ai_model is not null as is_capacity,
        capacities.cached_weight,
        capacities.cache_write_weight,
        capacities.output_weight,
        capacities.idle_target,
        {{ decimal_product(
            'coalesce(capacities.units * 24, billed.unit_hours)', 'capacities.tokens_per_unit_hour'
        ) }} as capacity_tokens,
        logged.input_tokens
        + {{ decimal_product('logged.cached_tokens', 'capacities.cached_weight') }}
        + {{ decimal_product('logged.cache_write_tokens', 'capacities.cache_write_weight') }}
        + {{ decimal_product('(logged.output_tokens + logged.reasoning_tokens)', 'capacities.output_weight') }}
            as capacity_tokens_used
    from days
    left join billed
        on
            days.usage_date = billed.usage_date
            and days.ai_model = billed.ai_model
    left join logged
        on
            days.usage_date = logged.usage_date
            and days.ai_model = logged.ai_model
    left join capacities
        on
            days.ai_model = capacities.ai_model
            and {{ in_force('days.usage_date', 'capacities') }}

),

measured as (

    select
        *,
        case
            when is_capacity then 'capacity'
            when not is_billed or usage_count = 0 then null
            when billed_priced_tokens is not null then 'priced_tokens'
            when list_cost is not null then 'list_cost'
        end as measured_by,
        case
            when is_capacity then case when capacity_tokens > 0 then capacity_tokens end
            when is_billed and usage_count > 0 then coalesce(billed_priced_tokens, list_cost)
        end as billed_measure,
        case
            when not is_capacity then logged_priced_tokens
            else coalesce(capacity_tokens_used, 0)
        end as logged_measure
    from compared

),

final as (

    select
        usage_date,
        ai_model,
        {{ regexp_group('ai_model', "'^([^|]*)[|]'", 1) }} as provider,
        substr(ai_model, length({{ regexp_group('ai_model', "'^([^|]*[|])'", 1) }}) + 1) as model,
        model_family,
        model_class,
        is_billed,
        is_logged,
        is_capacity,
        measured_by,
        cast(billed_measure as decimal(38, 12)) as billed_measure,
        cast(logged_measure as decimal(38, 12)) as logged_measure,
        cast(billed_tokens as decimal(38, 12)) as billed_tokens,
        cast(logged_prompt_tokens + logged_answer_tokens as decimal(38, 12)) as logged_tokens,
        cast(requests as decimal(38, 12)) as requests,
        cast(failed_requests as decimal(38, 12)) as failed_requests,
        cached_weight,
        cache_write_weight,
        output_weight,
        idle_target,
        unpriced_classes,
        case
            when not is_billed and not is_capacity then 'not_billed'
            when usage_count = 0 and not is_capacity then 'no_usage_billed'
            when billed_measure is null and is_capacity then 'no_capacity'
            when billed_measure is null then 'no_measure'
            when not is_logged then 'no_gateway'
            when logged_measure is null then 'no_price'
            when billed_measure < 0 then 'negative'
            when logged_measure > billed_measure then 'over_coverage'
        end as reason
    from measured

)

select * from final

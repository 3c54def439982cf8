-- one row per day, model, target and consumer: what each used of the model, and what no gateway saw, stands idle or is
-- not known, as the driver ai_priced_tokens
-- What is not known to be somebody's is nobody's: a day whose log cannot be compared with the bill is not seen at all.
{{ config(materialized='view') }}
with coverage as (

    select * from {{ ref('int_ai_coverage') }}

),

usage_days as (

    select * from {{ ref('int_ai_usage_days') }}

),

ai_consumers as (

    select * from {{ ref('ai_consumers') }}

),

unseen_targets as (

    select
        coverage.usage_date,
        coverage.ai_model,
        coalesce(ai_consumers.domain_id, ai_consumers.pool_id) as target,
        row_number() over (
            partition by coverage.usage_date, coverage.ai_model
            order by
                case when ai_consumers.value is null then 1 else 0 end,
                case when ai_consumers.provider is null then 1 else 0 end
        ) as place
    from coverage
    inner join ai_consumers
        on
            ai_consumers.kind = 'not_seen_by_gateway'
            and {{ same_or_any('ai_consumers.provider', 'coverage.provider') }}
            and {{ same_or_any('ai_consumers.value', 'coverage.model') }}
            and {{ in_force('coverage.usage_date', 'ai_consumers') }}

),

split_days as (

    select
        *,
        -- the log can be compared, or there is nothing billed that it could fall short of
        coalesce(
            logged_measure > 0
            and (reason is null or reason in ('over_coverage', 'negative', 'no_usage_billed')),
            false
        ) as is_seen
    from coverage
    where
        is_billed
        or is_capacity

),

used as (

    select
        split_days.usage_date,
        split_days.ai_model,
        usage_days.target,
        usage_days.consumer_id,
        sum(
            case
                when split_days.is_capacity
                    then
                        usage_days.input_tokens
                        + {{ decimal_product('usage_days.cached_tokens', 'split_days.cached_weight') }}
                        + {{ decimal_product('usage_days.cache_write_tokens', 'split_days.cache_write_weight') }}
                        + {{ decimal_product(
                            '(usage_days.output_tokens + usage_days.reasoning_tokens)', 'split_days.output_weight'
                        ) }}
                else usage_days.priced_tokens
            end
        ) as quantity
    from split_days
    inner join usage_days
        on
            split_days.usage_date = usage_days.usage_date
            and split_days.ai_model = usage_days.ai_model
    where split_days.is_seen
    group by
        split_days.usage_date,
        split_days.ai_model,
        usage_days.target,
        usage_days.consumer_id

),

rests as (

    select
        split_days.usage_date,
        split_days.ai_model,
        case
            when split_days.is_capacity and split_days.billed_measure is not null then split_days.idle_target
            else coalesce(unseen_targets.target, 'unallocated')
        end as target,
        case
            when split_days.is_capacity and split_days.billed_measure is not null
                then {{ ai_named_consumer_id('__idle__') }}
            else {{ ai_named_consumer_id('__not_seen_by_gateway__') }}
        end as consumer_id,
        case
            when split_days.is_seen then split_days.billed_measure - split_days.logged_measure
            -- any quantity is the whole when it is the only one
            when split_days.billed_measure > 0 then split_days.billed_measure
            else 1
        end as quantity
    from split_days
    left join unseen_targets
        on
            split_days.usage_date = unseen_targets.usage_date
            and split_days.ai_model = unseen_targets.ai_model
            and unseen_targets.place = 1

),

final as (

    select
        usage_date,
        cast(null as bigint) as usage_hour,
        'ai_priced_tokens' as driver,
        ai_model as scope,
        target,
        cast(quantity as decimal(38, 12)) as quantity,
        cast(null as {{ dbt.type_string() }}) as source_id,
        consumer_id
    from used
    where quantity > 0
    union all
    select
        usage_date,
        cast(null as bigint) as usage_hour,
        'ai_priced_tokens' as driver,
        ai_model as scope,
        target,
        cast(quantity as decimal(38, 12)) as quantity,
        cast(null as {{ dbt.type_string() }}) as source_id,
        consumer_id
    from rests
    where quantity > 0

)

select * from final

-- one row per budget and period of it, of the budget's version that is last in force in the period
-- What counts is usage as landed, of every gateway; the AI gateway's own counters may be ahead of it.
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['budget_id', 'period_from']
) }}
with

ai_budgets as (

    select * from {{ ref('ai_budgets') }}

),

usage as (

    select * from {{ ref('int_ai_usage') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

usage_of_days as (

    select
        usage.billing_period,
        usage.usage_date,
        lower(trim(usage.team)) as team,
        lower(trim(usage.workflow)) as workflow,
        lower(trim(usage.product)) as product,
        sum(
            coalesce(usage.input_tokens, 0) + coalesce(usage.cached_tokens, 0) + coalesce(usage.cache_write_tokens, 0)
            + coalesce(usage.output_tokens, 0) + coalesce(usage.reasoning_tokens, 0)
        ) as tokens,
        sum(usage.requests) as requests
    from usage
    inner join run_scope
        on usage.billing_period = run_scope.billing_period
    group by
        usage.billing_period,
        usage.usage_date,
        lower(trim(usage.team)),
        lower(trim(usage.workflow)),
        lower(trim(usage.product))

),

consumers_of_days as (

    select
        billing_period,
        usage_date,
        'team' as kind,
        team as consumer,
        tokens,
        requests
    from usage_of_days
    where team is not null
    union all
    select
        billing_period,
        usage_date,
        'workflow' as kind,
        workflow as consumer,
        tokens,
        requests
    from usage_of_days
    where workflow is not null
    union all
    select
        billing_period,
        usage_date,
        'product' as kind,
        product as consumer,
        tokens,
        requests
    from usage_of_days
    where product is not null

),

consumption as (

    select
        billing_period,
        usage_date,
        kind,
        consumer,
        cast(sum(tokens) as decimal(38, 12)) as tokens,
        cast(sum(requests) as decimal(38, 12)) as requests
    from consumers_of_days
    group by billing_period, usage_date, kind, consumer

),

months as (

    select
        billing_period,
        cast(concat(billing_period, '-01') as date) as first_day,
        cast({{ dbt.dateadd('month', 1, "cast(concat(billing_period, '-01') as date)") }} as date) as day_after
    from run_scope

),

budgets_of_months as (

    select
        ai_budgets.*,
        months.billing_period,
        months.first_day,
        months.day_after,
        row_number() over (
            partition by months.billing_period, lower(ai_budgets.budget_id) order by ai_budgets.valid_from desc
        ) as place
    from months
    inner join ai_budgets
        on months.day_after > ai_budgets.valid_from and months.first_day < ai_budgets.valid_to
    where ai_budgets.period = 'month'

),

daily_consumption as (

    select
        ai_budgets.*,
        consumption.billing_period,
        consumption.usage_date as period_from,
        cast({{ dbt.dateadd('day', 1, 'consumption.usage_date') }} as date) as period_to,
        consumption.usage_date,
        consumption.tokens,
        consumption.requests
    from ai_budgets
    inner join consumption
        on
            ai_budgets.kind = consumption.kind
            and lower(trim(ai_budgets.value)) = consumption.consumer
            and {{ in_force('consumption.usage_date', 'ai_budgets') }}
    where ai_budgets.period = 'day'

),

monthly_consumption as (

    select
        budgets_of_months.*,
        consumption.usage_date,
        consumption.tokens,
        consumption.requests,
        sum(consumption.tokens) over (
            partition by budgets_of_months.billing_period, lower(budgets_of_months.budget_id)
            order by consumption.usage_date
            rows between unbounded preceding and current row
        ) as tokens_so_far
    from budgets_of_months
    left join consumption
        on
            budgets_of_months.billing_period = consumption.billing_period
            and budgets_of_months.kind = consumption.kind
            and lower(trim(budgets_of_months.value)) = consumption.consumer
    where budgets_of_months.place = 1

),

periods as (

    select
        billing_period,
        budget_id,
        kind,
        value,
        unit,
        currency,
        period,
        period_from,
        period_to,
        amount,
        at_cap,
        owner,
        tokens,
        requests,
        case when tokens * 100 >= amount * 70 then usage_date end as reached_70_on,
        case when tokens * 100 >= amount * 85 then usage_date end as reached_85_on,
        case when tokens >= amount then usage_date end as reached_100_on
    from daily_consumption
    union all
    select
        billing_period,
        budget_id,
        kind,
        value,
        unit,
        currency,
        period,
        first_day as period_from,
        day_after as period_to,
        amount,
        at_cap,
        owner,
        coalesce(sum(tokens), 0) as tokens,
        coalesce(sum(requests), 0) as requests,
        min(case when tokens_so_far * 100 >= amount * 70 then usage_date end) as reached_70_on,
        min(case when tokens_so_far * 100 >= amount * 85 then usage_date end) as reached_85_on,
        min(case when tokens_so_far >= amount then usage_date end) as reached_100_on
    from monthly_consumption
    group by
        billing_period,
        budget_id,
        kind,
        value,
        unit,
        currency,
        period,
        first_day,
        day_after,
        amount,
        at_cap,
        owner

),

final as (

    select
        billing_period,
        budget_id,
        kind as consumer_kind,
        value as consumer,
        unit,
        currency,
        period as budget_period,
        period_from,
        period_to,
        amount,
        cast(case when unit = 'tokens' then tokens end as decimal(38, 12)) as consumed,
        case when unit = 'tokens' then cast(tokens as double) / cast(amount as double) end as consumed_share_of_amount,
        case when unit = 'tokens' then tokens > amount end as is_exceeded,
        cast(tokens as decimal(38, 12)) as tokens,
        cast(requests as decimal(38, 12)) as requests,
        case when unit = 'tokens' then reached_70_on end as reached_70_on,
        case when unit = 'tokens' then reached_85_on end as reached_85_on,
        case when unit = 'tokens' then reached_100_on end as reached_100_on,
        at_cap,
        owner
    from periods

)

select * from final

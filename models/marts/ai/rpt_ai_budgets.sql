-- one row per budget and period of it, of the budget's version that is last in force in the period
-- What counts is usage as landed, of every gateway; the AI gateway's own counters may be ahead of it. Money is what the
-- tokens are worth at the prices of the budget's currency. Tokens without a price make what was consumed unknown, never
-- smaller; what the others are worth is known all the same, and was consumed at least.
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['budget_id', 'period_from']
) }}
{%- set classes = ai_token_classes() %}
with

ai_budgets as (

    select * from {{ ref('ai_budgets') }}

),

ai_token_prices as (

    select * from {{ ref('ai_token_prices') }}

),

usage_days as (

    select * from {{ ref('int_ai_usage_days') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

usage_in_scope as (

    select
        usage_days.billing_period,
        usage_days.usage_date,
        usage_days.ai_model,
        usage_days.is_batch,
        lower(trim(usage_days.team)) as team,
        lower(trim(usage_days.workflow)) as workflow,
        lower(trim(usage_days.product)) as product,
        {%- for column in classes.values() %}
            coalesce(usage_days.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        coalesce(usage_days.requests, 0) as requests
    from usage_days
    inner join run_scope
        on usage_days.billing_period = run_scope.billing_period

),

tokens_by_class as (

    {% for token_class, column in classes.items() %}
        select
            billing_period,
            usage_date,
            ai_model,
            is_batch,
            team,
            workflow,
            product,
            '{{ token_class }}' as token_class,
            {{ column }} as tokens,
            {{ 'requests' if loop.first else '0' }} as requests
        from usage_in_scope
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

currencies as (

    select distinct currency
    from ai_budgets
    where unit = 'money'

),

-- a budget in tokens has no currency: '' here
quantities as (

    select
        billing_period,
        usage_date,
        team,
        workflow,
        product,
        '' as currency,
        tokens as quantity,
        tokens,
        requests
    from tokens_by_class
    union all
    select
        tokens_by_class.billing_period,
        tokens_by_class.usage_date,
        tokens_by_class.team,
        tokens_by_class.workflow,
        tokens_by_class.product,
        currencies.currency,
        case
            when tokens_by_class.tokens = 0 then 0
            when tokens_by_class.is_batch
                then
                    {{ decimal_product(
                        decimal_product('tokens_by_class.tokens', 'ai_token_prices.price_per_million'),
                        'ai_token_prices.batch_factor'
                    ) }}
            else {{ decimal_product('tokens_by_class.tokens', 'ai_token_prices.price_per_million') }}
        end as quantity,
        tokens_by_class.tokens,
        tokens_by_class.requests
    from tokens_by_class
    cross join currencies
    left join ai_token_prices
        on
            tokens_by_class.ai_model
            = concat(lower(trim(ai_token_prices.provider)), '|', lower(trim(ai_token_prices.model)))
            and tokens_by_class.token_class = ai_token_prices.token_class
            and currencies.currency = ai_token_prices.currency
            and {{ in_force('tokens_by_class.usage_date', 'ai_token_prices') }}

),

consumers as (

    {% for kind in ['team', 'workflow', 'product'] %}
        select
            billing_period,
            usage_date,
            '{{ kind }}' as kind,
            {{ kind }} as consumer,
            currency,
            quantity,
            tokens,
            requests
        from quantities
        where {{ kind }} is not null
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

consumption as (

    select
        billing_period,
        usage_date,
        kind,
        consumer,
        currency,
        case
            when currency = '' then cast(sum(quantity) as decimal(38, 12))
            else
                {{ decimal_product(
                    'cast(coalesce(sum(quantity), 0) as decimal(38, 12))', 'cast(0.000001 as decimal(15, 12))'
                ) }}
        end as quantity,
        cast(sum(case when quantity is null then tokens else 0 end) as decimal(38, 12)) as unpriced_tokens,
        cast(sum(tokens) as decimal(38, 12)) as tokens,
        cast(sum(requests) as decimal(38, 12)) as requests
    from consumers
    group by billing_period, usage_date, kind, consumer, currency

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
        consumption.usage_date,
        cast({{ dbt.dateadd('day', 1, 'consumption.usage_date') }} as date) as day_after,
        consumption.quantity,
        consumption.unpriced_tokens,
        consumption.tokens,
        consumption.requests
    from ai_budgets
    inner join consumption
        on
            ai_budgets.kind = consumption.kind
            and lower(trim(ai_budgets.value)) = consumption.consumer
            and coalesce(ai_budgets.currency, '') = consumption.currency
            and {{ in_force('consumption.usage_date', 'ai_budgets') }}
    where ai_budgets.period = 'day'

),

monthly_consumption as (

    select
        budgets_of_months.*,
        consumption.usage_date,
        consumption.quantity,
        consumption.unpriced_tokens,
        consumption.tokens,
        consumption.requests,
        sum(consumption.quantity) over (
            partition by budgets_of_months.billing_period, lower(budgets_of_months.budget_id)
            order by consumption.usage_date
            rows between unbounded preceding and current row
        ) as quantity_so_far
    from budgets_of_months
    left join consumption
        on
            budgets_of_months.billing_period = consumption.billing_period
            and budgets_of_months.kind = consumption.kind
            and lower(trim(budgets_of_months.value)) = consumption.consumer
            and coalesce(budgets_of_months.currency, '') = consumption.currency
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
        usage_date as period_from,
        day_after as period_to,
        amount,
        at_cap,
        owner,
        quantity,
        unpriced_tokens,
        tokens,
        requests,
        case when quantity * 100 >= amount * 70 then usage_date end as reached_70_on,
        case when quantity * 100 >= amount * 85 then usage_date end as reached_85_on,
        case when quantity >= amount then usage_date end as reached_100_on
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
        coalesce(sum(quantity), 0) as quantity,
        coalesce(sum(unpriced_tokens), 0) as unpriced_tokens,
        coalesce(sum(tokens), 0) as tokens,
        coalesce(sum(requests), 0) as requests,
        min(case when quantity_so_far * 100 >= amount * 70 then usage_date end) as reached_70_on,
        min(case when quantity_so_far * 100 >= amount * 85 then usage_date end) as reached_85_on,
        min(case when quantity_so_far >= amount then usage_date end) as reached_100_on
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
        cast(case when unpriced_tokens = 0 then quantity end as decimal(38, 12)) as consumed,
        cast(quantity as decimal(38, 12)) as consumed_at_least,
        cast(unpriced_tokens as decimal(38, 12)) as unpriced_tokens,
        case when unpriced_tokens = 0 then cast(quantity as double) / cast(amount as double) end
            as consumed_share_of_amount,
        case
            when quantity > amount then true
            when unpriced_tokens = 0 then false
        end as is_exceeded,
        cast(tokens as decimal(38, 12)) as tokens,
        cast(requests as decimal(38, 12)) as requests,
        reached_70_on,
        reached_85_on,
        reached_100_on,
        at_cap,
        owner
    from periods

)

select * from final

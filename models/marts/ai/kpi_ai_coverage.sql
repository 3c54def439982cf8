-- one row per billing period, day and model that was billed or logged
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['usage_date', 'provider', 'model'],
) }}
with coverage as (

    select * from {{ ref('int_ai_coverage') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

run_context as (

    select * from {{ ref('stg_landing__run_context') }}

),

ai_costs as (

    select * from {{ ref('fct_ai_costs') }}

),

-- a day is of the months whose bills or log have it
costs as (

    select
        ai_costs.billing_period,
        ai_costs.charge_date,
        ai_costs.ai_model,
        case
            when count(ai_costs.billing_currency) = count(ai_costs.reporting_effective_cost)
                then sum(ai_costs.reporting_effective_cost)
        end as effective_cost,
        sum(
            case when ai_costs.key_id = '__not_seen_by_gateway__' then ai_costs.reporting_effective_cost else 0 end
        ) as not_seen_cost,
        sum(case when ai_costs.key_id = '__idle__' then ai_costs.reporting_effective_cost else 0 end) as idle_cost
    from ai_costs
    inner join run_scope
        on ai_costs.billing_period = run_scope.billing_period
    where ai_costs.ai_model is not null
    group by
        ai_costs.billing_period,
        ai_costs.charge_date,
        ai_costs.ai_model

),

final as (

    select
        costs.billing_period,
        coverage.usage_date,
        coverage.provider,
        coverage.model,
        coverage.model_family,
        coverage.model_class,
        coverage.measured_by,
        coverage.billed_measure,
        coverage.logged_measure,
        case
            when coverage.measured_by = 'capacity' then 'input tokens'
            when coverage.measured_by is not null then run_context.reporting_currency
        end as measure_unit,
        case
            when coverage.billed_measure > 0
                then cast(coverage.logged_measure as double) / cast(coverage.billed_measure as double)
        end as coverage,
        cast(
            case
                when coverage.logged_measure is null then coverage.billed_measure
                else greatest(coverage.billed_measure - coverage.logged_measure, 0)
            end as decimal(38, 12)
        ) as not_seen,
        cast(greatest(coverage.logged_measure - coverage.billed_measure, 0) as decimal(38, 12)) as over_seen,
        coverage.billed_tokens,
        coverage.logged_tokens,
        coverage.requests,
        coverage.failed_requests,
        coverage.unpriced_classes,
        coverage.reason,
        cast(costs.effective_cost as decimal(38, 12)) as effective_cost,
        cast(costs.not_seen_cost as decimal(38, 12)) as not_seen_cost,
        cast(costs.idle_cost as decimal(38, 12)) as idle_cost,
        run_context.reporting_currency
    from costs
    inner join coverage
        on
            costs.charge_date = coverage.usage_date
            and costs.ai_model = coverage.ai_model
    cross join run_context

)

select * from final

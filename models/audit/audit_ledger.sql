-- one row per source, billing period, billing currency, step (FOCUS to splits, splits to ledger) and cost metric
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

charge_totals as (

    select * from {{ ref('int_charge_totals') }}

),

split_totals as (

    select * from {{ ref('int_split_totals') }}

),

allocated_costs as (

    select * from {{ ref('fct_allocated_costs') }}

),

stages as (

    select
        'FOCUS' as stage,
        source_id,
        billing_period,
        billing_currency,
        billed_cost,
        effective_cost,
        list_cost,
        contracted_cost
    from charge_totals

    union all

    select
        'splits' as stage,
        source_id,
        billing_period,
        billing_currency,
        billed_cost,
        effective_cost,
        list_cost,
        contracted_cost
    from split_totals

    union all

    select
        'ledger' as stage,
        allocated_costs.source_id,
        allocated_costs.billing_period,
        allocated_costs.billing_currency,
        allocated_costs.billed_cost,
        allocated_costs.effective_cost,
        allocated_costs.list_cost,
        allocated_costs.contracted_cost
    from allocated_costs
    inner join run_scope
        on allocated_costs.billing_period = run_scope.billing_period

),

steps as (

    select
        'FOCUS to splits' as step,
        'FOCUS' as from_stage,
        'splits' as to_stage
    union all
    select
        'splits to ledger' as step,
        'splits' as from_stage,
        'ledger' as to_stage

),

compared as (

    select
        stages.source_id,
        stages.billing_period,
        stages.billing_currency,
        steps.step,
        coalesce(sum(case when stages.stage = steps.from_stage then stages.billed_cost end), 0)
            as expected_billed_cost,
        coalesce(sum(case when stages.stage = steps.to_stage then stages.billed_cost end), 0)
            as actual_billed_cost,
        coalesce(sum(case when stages.stage = steps.from_stage then stages.effective_cost end), 0)
            as expected_effective_cost,
        coalesce(sum(case when stages.stage = steps.to_stage then stages.effective_cost end), 0)
            as actual_effective_cost,
        coalesce(sum(case when stages.stage = steps.from_stage then stages.list_cost end), 0)
            as expected_list_cost,
        coalesce(sum(case when stages.stage = steps.to_stage then stages.list_cost end), 0)
            as actual_list_cost,
        coalesce(sum(case when stages.stage = steps.from_stage then stages.contracted_cost end), 0)
            as expected_contracted_cost,
        coalesce(sum(case when stages.stage = steps.to_stage then stages.contracted_cost end), 0)
            as actual_contracted_cost
    from stages
    cross join steps
    group by
        stages.source_id,
        stages.billing_period,
        stages.billing_currency,
        steps.step

),

by_metric as (
    {{ cost_metrics_to_rows('compared', ['source_id', 'billing_period', 'billing_currency', 'step']) }}
),

final as (

    select
        billing_period,
        source_id || ' ' || billing_period || ', ' || replace(metric, '_', ' ') || ' in ' || billing_currency
        || ' from ' || step as subject,
        source_id,
        billing_currency,
        metric,
        step,
        expected,
        actual,
        difference
    from by_metric

)

select * from final

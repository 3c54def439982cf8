-- one row per billing period, billing currency, tree (Finance, engineering) and cost metric
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

allocated_costs as (

    select * from {{ ref('fct_allocated_costs') }}

),

chargeback as (

    select * from {{ ref('fct_chargeback') }}

),

engineering_costs as (

    select * from {{ ref('fct_engineering_costs') }}

),

all_rows as (

    select
        'allocated_costs' as view_name,
        allocated_costs.billing_period,
        allocated_costs.billing_currency,
        allocated_costs.billed_cost,
        allocated_costs.effective_cost,
        allocated_costs.list_cost,
        allocated_costs.contracted_cost
    from allocated_costs
    inner join run_scope
        on allocated_costs.billing_period = run_scope.billing_period

    union all

    select
        'chargeback' as view_name,
        chargeback.billing_period,
        chargeback.billing_currency,
        chargeback.billed_cost,
        chargeback.effective_cost,
        chargeback.list_cost,
        chargeback.contracted_cost
    from chargeback
    inner join run_scope
        on chargeback.billing_period = run_scope.billing_period

    union all

    select
        'engineering_costs' as view_name,
        engineering_costs.billing_period,
        engineering_costs.billing_currency,
        engineering_costs.billed_cost,
        engineering_costs.effective_cost,
        engineering_costs.list_cost,
        engineering_costs.contracted_cost
    from engineering_costs
    inner join run_scope
        on engineering_costs.billing_period = run_scope.billing_period

),

trees as (

    select
        'Finance' as tree,
        'chargeback' as view_name
    union all
    select
        'engineering' as tree,
        'engineering_costs' as view_name

),

compared as (

    select
        all_rows.billing_period,
        all_rows.billing_currency,
        trees.tree,
        coalesce(sum(case when all_rows.view_name = 'allocated_costs' then all_rows.billed_cost end), 0)
            as expected_billed_cost,
        coalesce(sum(case when all_rows.view_name = trees.view_name then all_rows.billed_cost end), 0)
            as actual_billed_cost,
        coalesce(sum(case when all_rows.view_name = 'allocated_costs' then all_rows.effective_cost end), 0)
            as expected_effective_cost,
        coalesce(sum(case when all_rows.view_name = trees.view_name then all_rows.effective_cost end), 0)
            as actual_effective_cost,
        coalesce(sum(case when all_rows.view_name = 'allocated_costs' then all_rows.list_cost end), 0)
            as expected_list_cost,
        coalesce(sum(case when all_rows.view_name = trees.view_name then all_rows.list_cost end), 0)
            as actual_list_cost,
        coalesce(sum(case when all_rows.view_name = 'allocated_costs' then all_rows.contracted_cost end), 0)
            as expected_contracted_cost,
        coalesce(sum(case when all_rows.view_name = trees.view_name then all_rows.contracted_cost end), 0)
            as actual_contracted_cost
    from all_rows
    cross join trees
    group by
        all_rows.billing_period,
        all_rows.billing_currency,
        trees.tree

),

by_metric as (
    {{ cost_metrics_to_rows('compared', ['billing_period', 'billing_currency', 'tree']) }}
),

final as (

    select
        billing_period,
        tree || ' tree ' || billing_period || ', ' || replace(metric, '_', ' ') || ' in ' || billing_currency
        || ' from ledger to tree' as subject,
        billing_currency,
        tree,
        metric,
        expected,
        actual,
        difference
    from by_metric

)

select * from final

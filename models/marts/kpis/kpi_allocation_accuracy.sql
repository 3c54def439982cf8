-- one row per billing period, node of the Finance tree and variant
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['node_level', 'node_path', 'variant']
) }}

{%- set levels = tree_levels() %}

with

costs_by_domain as (

    select * from {{ ref('int_costs_by_domain') }}

),

bands as (

    select * from {{ ref('accuracy_grades') }}

),

variants as (

    select
        'direct' as variant,
        1 as step
    union all
    select
        'rules' as variant,
        2 as step
    union all
    select
        'shared' as variant,
        3 as step

),

judged_costs as (

    select
        costs_by_domain.billing_period,
        costs_by_domain.business_unit,
        costs_by_domain.cost_centre,
        costs_by_domain.product,
        costs_by_domain.environment,
        costs_by_domain.reporting_currency,
        -- what is not judged weighs nothing, but its node is there, and says that nothing can be said of it
        case
            when costs_by_domain.is_judged_for_accuracy then costs_by_domain.reporting_effective_cost
            else cast(0 as decimal(38, 12))
        end as reporting_effective_cost,
        variants.step as accurate_from_step
    from costs_by_domain
    left join variants
        on costs_by_domain.accurate_from_variant = variants.variant

),

nodes as (

    select
        billing_period,
        'estate' as node_level,
        'Estate' as node_path,
        reporting_currency,
        reporting_effective_cost,
        accurate_from_step
    from judged_costs
    {% for level in levels %}
        union all

        select
            billing_period,
            '{{ level }}' as node_level,
            {{ levels[:loop.index] | join(" || ' > ' || ") }} as node_path,
            reporting_currency,
            reporting_effective_cost,
            accurate_from_step
        from judged_costs
    {% endfor %}
),

sums as (

    select
        nodes.billing_period,
        nodes.node_level,
        nodes.node_path,
        variants.variant,
        variants.step,
        nodes.reporting_currency,
        -- a currency without a rate makes the sum unknown, not smaller
        case
            when count(*) = count(nodes.reporting_effective_cost)
                then
                    sum(
                        case
                            when nodes.accurate_from_step <= variants.step then nodes.reporting_effective_cost
                            else 0
                        end
                    )
        end as accurate_cost,
        case
            when count(*) = count(nodes.reporting_effective_cost) then sum(nodes.reporting_effective_cost)
        end as total_cost
    from nodes
    cross join variants
    group by
        nodes.billing_period,
        nodes.node_level,
        nodes.node_path,
        variants.variant,
        variants.step,
        nodes.reporting_currency

),

ratios as (

    select
        billing_period,
        node_level,
        node_path,
        variant,
        step,
        reporting_currency,
        accurate_cost,
        total_cost,
        -- a share of nothing, or of a net credit, says nothing
        case
            when total_cost > 0 then cast(accurate_cost as double) / cast(total_cost as double)
        end as allocation_accuracy
    from sums

),

steps as (

    select
        billing_period,
        node_level,
        node_path,
        variant,
        step,
        reporting_currency,
        accurate_cost,
        total_cost,
        allocation_accuracy,
        allocation_accuracy - coalesce(
            lag(allocation_accuracy) over (partition by billing_period, node_level, node_path order by step), 0
        ) as step_added
    from ratios

),

grades as (

    select
        grade,
        at_least,
        lead(at_least) over (order by at_least) as below,
        row_number() over (order by at_least) = 1 as is_lowest
    from bands

),

final as (

    select
        steps.billing_period,
        steps.node_level,
        steps.node_path,
        steps.variant,
        cast(steps.accurate_cost as decimal(38, 12)) as accurate_cost,
        steps.total_cost,
        steps.reporting_currency,
        steps.allocation_accuracy,
        steps.step_added,
        grades.grade
    from steps
    left join grades
        on
            (steps.allocation_accuracy >= cast(grades.at_least as double) or grades.is_lowest)
            and (steps.allocation_accuracy < cast(grades.below as double) or grades.below is null)
            and steps.allocation_accuracy is not null

)

select * from final

-- Catches a node of the accuracy index that is counted twice or left out at one level of the tree. It does not prove
-- which cost is accurate.
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

levels as (

    select
        billing_period,
        variant,
        node_level,
        sum(total_cost) as total_cost,
        sum(accurate_cost) as accurate_cost
    from {{ ref('kpi_allocation_accuracy') }}
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        variant,
        node_level
    -- where a rate is missing, sums are unknown and the gate says so
    having count(*) = count(total_cost)

)

select
    levels.billing_period,
    levels.variant,
    levels.node_level,
    levels.total_cost,
    estate.total_cost as estate_total_cost
from levels
inner join levels as estate
    on
        levels.billing_period = estate.billing_period
        and levels.variant = estate.variant
        and estate.node_level = 'estate'
where
    levels.total_cost <> estate.total_cost
    or levels.accurate_cost <> estate.accurate_cost

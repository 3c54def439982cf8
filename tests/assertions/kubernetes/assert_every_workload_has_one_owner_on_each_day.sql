-- Catches: a workload that two spans of policy, or none, give an owner on a day of its use: its quantities would count
-- twice, or not at all. Is not: a check that the owner is the right one.
with node_usage as (

    select * from {{ ref('int_kubernetes_node_usage') }}

),

consumers as (

    select * from {{ ref('int_kubernetes_consumers') }}

),

segments as (

    select * from {{ ref('int_policy_segments') }}

),

-- use on days on which nothing at all was charged needs no owner
charged_days as (

    select
        min(segment_from) as first_day,
        max(segment_to) as end_day
    from segments

),

used as (

    select distinct
        node_usage.workload_id,
        node_usage.usage_date
    from node_usage
    inner join charged_days
        on
            node_usage.usage_date >= charged_days.first_day
            and node_usage.usage_date < charged_days.end_day

)

select
    used.workload_id,
    used.usage_date
from used
left join consumers
    on
        used.workload_id = consumers.workload_id
        and used.usage_date >= consumers.segment_from
        and used.usage_date < consumers.segment_to
group by
    used.workload_id,
    used.usage_date
having count(consumers.workload_id) <> 1

-- one row per source, day, hour (null where the feed tells days), node and workload: what it is charged for of the
-- node, resource by resource; one more for what is idle of the node
-- A node's price is divided among its resources by their weights times its capacity. Of each, a workload is charged for
-- its part of the capacity, or of all claims where these exceed it, and what is left of the capacity is idle.
-- Quantities are weighted core hours, so that those of a node sum to its weighted capacity, whatever is claimed.
-- depends_on: {{ ref('int_kubernetes_resources') }}
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
{{ config(
    materialized='table_when',
    needed_when="select 1 from allocation.int_kubernetes_resources where role = 'node'",
) }}
{% set resources = ['cpu', 'memory', 'gpu'] -%}
{% set measures = ['request', 'usage', 'limit', 'capacity', 'exceeded_capacity', 'exceeding', 'quantity'] -%}
{# of a core hour, a GiB hour and a GPU hour: on nodes without GPUs, and with #}
{% set usual_weights = {'cpu': ['9', '0.9'], 'memory': ['1', '0.1'], 'gpu': ['0', '9']} -%}
with usage as (

    select * from {{ ref('int_kubernetes_usage') }}

),

-- read apart: what is read twice would be held in memory with all its columns
usage_of_nodes as (

    select *
    from {{ ref('int_kubernetes_usage') }}
    where namespace is null

),

usage_of_pods as (

    select *
    from {{ ref('int_kubernetes_usage') }}
    where namespace is not null

),

told_nodes as (

    select distinct
        source_id,
        lower(trim(cluster)) as cluster,
        node,
        provider_id
    from {{ ref('int_kubernetes_usage') }}

),

measured_days as (

    select * from {{ ref('int_measured_days') }}

),

clusters as (

    select * from {{ ref('kubernetes_clusters') }}

),

thresholds as (

    select * from {{ ref('thresholds') }}

),

-- what feeds say of nodes alone
bare_nodes as (

    select
        usage_of_nodes.source_id,
        usage_of_nodes.usage_date,
        usage_of_nodes.usage_hour,
        lower(trim(usage_of_nodes.cluster)) as cluster,
        lower(trim(coalesce(usage_of_nodes.provider_id, usage_of_nodes.node))) as known_as,
        {% for resource in resources %}
            max(usage_of_nodes.node_{{ resource }}_capacity) as {{ resource }}_capacity{{ ',' if not loop.last }}
        {% endfor %}
    from usage_of_nodes
    inner join measured_days
        on usage_of_nodes.usage_date = measured_days.measured_date
    group by
        usage_of_nodes.source_id,
        usage_of_nodes.usage_date,
        usage_of_nodes.usage_hour,
        lower(trim(usage_of_nodes.cluster)),
        lower(trim(coalesce(usage_of_nodes.provider_id, usage_of_nodes.node)))

),

bare_days as (

    select distinct
        source_id,
        usage_date,
        cluster,
        known_as
    from bare_nodes

),

-- a feed that tells pods and no capacity, such as OpenCost's, borrows it from a feed that tells nodes alone
borrowers as (

    select
        bare_days.source_id as lender_id,
        bare_days.usage_date,
        bare_days.cluster,
        bare_days.known_as,
        usage_of_pods.source_id,
        usage_of_pods.node,
        usage_of_pods.provider_id,
        max(usage_of_pods.usage_hour) is not null as is_by_hour
    from bare_days
    inner join usage_of_pods
        on
            bare_days.usage_date = usage_of_pods.usage_date
            and bare_days.cluster = lower(trim(usage_of_pods.cluster))
            and bare_days.known_as = lower(trim(coalesce(usage_of_pods.provider_id, usage_of_pods.node)))
            and bare_days.source_id <> usage_of_pods.source_id
    group by
        bare_days.source_id,
        bare_days.usage_date,
        bare_days.cluster,
        bare_days.known_as,
        usage_of_pods.source_id,
        usage_of_pods.node,
        usage_of_pods.provider_id
    having
        max(usage_of_pods.node_cpu_capacity) is null
        and max(usage_of_pods.node_memory_capacity) is null

),

-- hours add up to a day; what is told by the day cannot be told by the hour
lent as (

    select
        borrowers.lender_id,
        borrowers.source_id,
        borrowers.usage_date,
        case when borrowers.is_by_hour then bare_nodes.usage_hour end as usage_hour,
        borrowers.cluster,
        borrowers.node,
        borrowers.provider_id,
        borrowers.known_as,
        {% for resource in resources %}
            sum(bare_nodes.{{ resource }}_capacity) as {{ resource }}_capacity{{ ',' if not loop.last }}
        {% endfor %}
    from borrowers
    inner join bare_nodes
        on
            borrowers.lender_id = bare_nodes.source_id
            and borrowers.usage_date = bare_nodes.usage_date
            and borrowers.cluster = bare_nodes.cluster
            and borrowers.known_as = bare_nodes.known_as
    where
        not borrowers.is_by_hour
        or bare_nodes.usage_hour is not null
    group by
        borrowers.lender_id,
        borrowers.source_id,
        borrowers.usage_date,
        case when borrowers.is_by_hour then bare_nodes.usage_hour end,
        borrowers.cluster,
        borrowers.node,
        borrowers.provider_id,
        borrowers.known_as

),

lent_days as (

    select distinct
        lender_id,
        usage_date,
        cluster,
        known_as
    from lent

),

-- what is lent is told once
told as (

    select *
    from usage
    where namespace is not null

    union all

    select usage_of_nodes.*
    from usage_of_nodes
    left join lent_days
        on
            usage_of_nodes.source_id = lent_days.lender_id
            and usage_of_nodes.usage_date = lent_days.usage_date
            and lower(trim(usage_of_nodes.cluster)) = lent_days.cluster
            and lower(trim(coalesce(usage_of_nodes.provider_id, usage_of_nodes.node))) = lent_days.known_as
    where lent_days.lender_id is null

),

-- names are looked up at the end: beside the amounts of every workload they are most of what would be held
nodes as (

    select
        {{ integer_key(['source_id', 'cluster', 'node', 'provider_id']) }} as node_id,
        cluster,
        node,
        lower(trim(coalesce(provider_id, node))) as known_as
    from told_nodes

),

-- a request that is not measured reserves nothing; where the use is not known, the reservation stands for it
claimed as (

    select
        told.source_id,
        told.usage_date,
        told.usage_hour,
        {{ integer_key([
            'told.source_id', 'lower(trim(told.cluster))', 'told.node', 'told.provider_id'
        ]) }} as node_id,
        case
            when {{ is_kubernetes_workload('told.namespace') }}
                then {{ kubernetes_workload_id(
                    'told.cluster', 'told.namespace', 'told.workload_kind', 'told.workload_name', 'told.labels',
                    'told.namespace_labels'
                ) }}
        end as workload_id,
        told.hours,
        {% for resource in resources %}
            told.{{ resource }}_request,
            told.{{ resource }}_usage,
            {{ 'null' if resource == 'gpu' else 'told.' ~ resource ~ '_limit' }} as {{ resource }}_limit,
            told.node_{{ resource }}_capacity as {{ resource }}_capacity,
            case clusters.charge_base
                when 'request' then coalesce(told.{{ resource }}_request, 0)
                when 'usage' then coalesce(told.{{ resource }}_usage, told.{{ resource }}_request, 0)
                else
                    greatest(
                        coalesce(told.{{ resource }}_request, told.{{ resource }}_usage, 0),
                        coalesce(told.{{ resource }}_usage, told.{{ resource }}_request, 0)
                    )
            end as {{ resource }}_claim{{ ',' if not loop.last }}
        {% endfor %}
    from told
    inner join measured_days
        on told.usage_date = measured_days.measured_date
    left join clusters
        on
            lower(trim(told.cluster)) = lower(trim(clusters.cluster))
            and {{ in_force('told.usage_date', 'clusters') }}

    union all

    select
        source_id,
        usage_date,
        usage_hour,
        {{ integer_key(['source_id', 'cluster', 'node', 'provider_id']) }} as node_id,
        cast(null as bigint) as workload_id,
        cast(null as decimal(38, 12)) as hours,
        {% for resource in resources %}
            cast(null as decimal(38, 12)) as {{ resource }}_request,
            cast(null as decimal(38, 12)) as {{ resource }}_usage,
            cast(null as decimal(38, 12)) as {{ resource }}_limit,
            {{ resource }}_capacity,
            cast(0 as decimal(38, 12)) as {{ resource }}_claim{{ ',' if not loop.last }}
        {% endfor %}
    from lent

),

workload_intervals as (

    select
        source_id,
        usage_date,
        usage_hour,
        node_id,
        workload_id,
        sum(hours) as hours,
        {% for resource in resources %}
            sum(case when workload_id is not null then {{ resource }}_request end) as {{ resource }}_request,
            sum(case when workload_id is not null then {{ resource }}_usage end) as {{ resource }}_usage,
            sum(case when workload_id is not null then {{ resource }}_limit end) as {{ resource }}_limit,
            sum(case when workload_id is not null then {{ resource }}_claim else 0 end) as {{ resource }}_claim,
            max({{ resource }}_capacity) as {{ resource }}_capacity{{ ',' if not loop.last }}
        {% endfor %}
    from claimed
    group by
        source_id,
        usage_date,
        usage_hour,
        node_id,
        workload_id

),

node_intervals as (

    select
        source_id,
        usage_date,
        usage_hour,
        node_id,
        {% for resource in resources %}
            sum({{ resource }}_claim) as {{ resource }}_claimed,
            -- what the feed says of a node's use; a node whose capacity it does not tell has no idle part
            coalesce(greatest(sum({{ resource }}_request), sum({{ resource }}_usage)), 0) as {{ resource }}_taken,
            max({{ resource }}_capacity) as {{ resource }}_told_capacity,
            coalesce(max({{ resource }}_capacity), sum({{ resource }}_claim))
                as {{ resource }}_capacity{{ ',' if not loop.last }}
        {% endfor %}
    from workload_intervals
    group by
        source_id,
        usage_date,
        usage_hour,
        node_id

),

-- more taken than there is, beyond what measuring explains, is no idle part but a feed that contradicts itself
weighed as (

    select
        node_intervals.*,
        nodes.cluster,
        nodes.node,
        nodes.known_as,
        {% for resource in resources %}
            coalesce(
                cast(clusters.{{ resource }}_weight as double),
                {% if resource == 'gpu' -%}
                    cast(clusters.cpu_weight as double) * 10,
                {%- endif %}
                case
                    when node_intervals.gpu_capacity > 0 then {{ usual_weights[resource][1] }}
                    else {{ usual_weights[resource][0] }}
                end
            ) as {{ resource }}_weight,
            case
                when
                    node_intervals.{{ resource }}_taken
                    > node_intervals.{{ resource }}_told_capacity * (1 + coalesce(thresholds.value, 0))
                    then node_intervals.{{ resource }}_told_capacity
            end as {{ resource }}_exceeded_capacity,
            case
                when
                    node_intervals.{{ resource }}_taken
                    > node_intervals.{{ resource }}_told_capacity * (1 + coalesce(thresholds.value, 0))
                    then node_intervals.{{ resource }}_taken
            end as {{ resource }}_exceeding{{ ',' if not loop.last }}
        {% endfor %}
    from node_intervals
    inner join nodes
        on node_intervals.node_id = nodes.node_id
    left join clusters
        on
            nodes.cluster = lower(trim(clusters.cluster))
            and {{ in_force('node_intervals.usage_date', 'clusters') }}
    left join thresholds
        on
            thresholds.threshold_id = 'kubernetes_overrun_max'
            and {{ in_force('node_intervals.usage_date', 'thresholds') }}

),

priced as (

    select
        weighed.*,
        {% for resource in resources %}
            case
                when {{ resource }}_capacity > 0 and {{ resource }}_claimed > 0
                    then
                        {{ resource }}_weight * cast({{ resource }}_capacity as double)
                        / cast(greatest({{ resource }}_capacity, {{ resource }}_claimed) as double)
                else 0
            end as {{ resource }}_price,
            case
                when {{ resource }}_capacity > {{ resource }}_claimed
                    then {{ resource }}_weight * cast({{ resource }}_capacity - {{ resource }}_claimed as double)
                else 0
            end as {{ resource }}_idle{{ ',' if not loop.last }}
        {% endfor %}
    from weighed

),

charged as (

    select
        workload_intervals.source_id,
        workload_intervals.usage_date,
        workload_intervals.usage_hour,
        workload_intervals.node_id,
        workload_intervals.workload_id,
        false as is_idle,
        priced.cluster,
        priced.node,
        priced.known_as,
        workload_intervals.hours,
        {% for resource in resources %}
            workload_intervals.{{ resource }}_request,
            workload_intervals.{{ resource }}_usage,
            workload_intervals.{{ resource }}_limit,
            cast(null as decimal(38, 12)) as {{ resource }}_capacity,
            cast(null as decimal(38, 12)) as {{ resource }}_exceeded_capacity,
            cast(null as decimal(38, 12)) as {{ resource }}_exceeding,
            cast(
                cast(workload_intervals.{{ resource }}_claim as double) * priced.{{ resource }}_price as decimal(38, 12)
            ) as {{ resource }}_quantity,
        {% endfor %}
        cast(
            {% for resource in resources %}
                {{ '+ ' if not loop.first }}case
                    when priced.{{ resource }}_claimed > 0
                        then
                            priced.{{ resource }}_idle * cast(workload_intervals.{{ resource }}_claim as double)
                            / cast(priced.{{ resource }}_claimed as double)
                    else 0
                end
            {% endfor %}
            as decimal(38, 12)
        ) as idle_quantity
    from workload_intervals
    inner join priced
        on
            workload_intervals.source_id = priced.source_id
            and workload_intervals.usage_date = priced.usage_date
            and coalesce(workload_intervals.usage_hour, -1) = coalesce(priced.usage_hour, -1)
            and workload_intervals.node_id = priced.node_id
    where workload_intervals.workload_id is not null

    union all

    -- what is idle of a resource that nothing claims stays idle, however the rest is handed on
    select
        priced.source_id,
        priced.usage_date,
        priced.usage_hour,
        priced.node_id,
        {{ kubernetes_workload_id('priced.cluster', "'__idle__'") }} as workload_id,
        true as is_idle,
        priced.cluster,
        priced.node,
        priced.known_as,
        cast(null as decimal(38, 12)) as hours,
        {% for resource in resources %}
            cast(null as decimal(38, 12)) as {{ resource }}_request,
            cast(null as decimal(38, 12)) as {{ resource }}_usage,
            cast(null as decimal(38, 12)) as {{ resource }}_limit,
            priced.{{ resource }}_capacity,
            priced.{{ resource }}_exceeded_capacity,
            priced.{{ resource }}_exceeding,
            cast(priced.{{ resource }}_idle as decimal(38, 12)) as {{ resource }}_quantity,
        {% endfor %}
        cast(
            {% for resource in resources %}
                {{ '+ ' if not loop.first }}case
                    when priced.{{ resource }}_claimed > 0 then 0 else priced.{{ resource }}_idle
                end
            {% endfor %}
            as decimal(38, 12)
        ) as idle_quantity
    from priced

),

final as (

    select
        source_id,
        usage_date,
        usage_hour,
        node_id,
        workload_id,
        is_idle,
        cluster,
        node,
        known_as,
        cast(hours as decimal(38, 12)) as hours,
        {% for resource in resources %}
            {% for measure in measures %}
                cast({{ resource }}_{{ measure }} as decimal(38, 12)) as {{ resource }}_{{ measure }},
            {% endfor %}
        {% endfor %}
        idle_quantity
    from charged

)

select * from final

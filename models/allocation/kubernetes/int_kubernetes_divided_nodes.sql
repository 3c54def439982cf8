-- one row per source, day, hour (null where the feed tells days), node and workload: what it is charged for of the
-- node, resource by resource; one more for what is idle of the node
-- Months that count only. No charge is read, so that a month's nodes are divided again when what is told of their use
-- or the policy changes, and not when what they cost does.
-- A node's price is divided among its resources by their weights times its capacity. Of each, a workload is charged for
-- its part of the capacity, or of all claims where these exceed it, and what is left of the capacity is idle.
-- Quantities are weighted core hours, so that those of a node sum to its weighted capacity, whatever is claimed.
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
{{ config(
    materialized='partitioned',
    partition_by=['billing_period'],
    order_by=['source_id', 'usage_date', 'usage_hour', 'node_id', 'workload_id', 'is_idle'],
    row_counts_from='allocation.int_kubernetes_node_periods',
    partitions_from='allocation.int_kubernetes_node_periods',
    scope_where='is_measured',
) }}
{% set resources = ['cpu', 'memory', 'gpu'] -%}
{% set measures = ['request', 'usage', 'limit', 'capacity', 'exceeded_capacity', 'exceeding', 'quantity'] -%}
{# of a core hour, a GiB hour and a GPU hour: on nodes without GPUs, and with #}
{% set usual_weights = {'cpu': ['9', '0.9'], 'memory': ['1', '0.1'], 'gpu': ['0', '9']} -%}
-- what is read more than once is named where it is read: an engine holds a shared part of a query in memory, whole
with measured_periods as (

    select billing_period
    from {{ ref('int_kubernetes_node_periods') }}
    where is_measured

),

days as (

    {{ days_of_periods('measured_periods') }}

),

names as (

    select * from {{ ref('int_kubernetes_names') }}

),

clusters as (

    select * from {{ ref('kubernetes_clusters') }}

),

thresholds as (

    select * from {{ ref('thresholds') }}

),

intervals as (

    select
        told_intervals.*,
        days.billing_period as usage_period
    from {{ ref('int_kubernetes_workload_intervals') }} as told_intervals
    inner join days
        on told_intervals.usage_date = days.day_of_period

),

workload_intervals as (

    select *
    from {{ ref('int_kubernetes_workload_intervals') }}
    where workload_id is not null

),

-- names are looked up at the end: beside the amounts of every workload they are most of what would be held
nodes as (

    select distinct
        node_id,
        lower(trim(cluster)) as cluster,
        node,
        lower(trim(coalesce(provider_id, node))) as known_as
    from names

),

node_intervals as (

    select
        source_id,
        usage_period as billing_period,
        usage_date,
        usage_hour,
        node_id,
        {% for resource in resources %}
            sum({{ resource }}_request_claim) as {{ resource }}_request_claim,
            sum({{ resource }}_usage_claim) as {{ resource }}_usage_claim,
            sum({{ resource }}_larger_claim) as {{ resource }}_larger_claim,
            -- what the feed says of a node's use
            coalesce(greatest(sum({{ resource }}_request), sum({{ resource }}_usage)), 0) as {{ resource }}_taken,
            max({{ resource }}_capacity) as {{ resource }}_told_capacity{{ ',' if not loop.last }}
        {% endfor %}
    from intervals
    group by
        source_id,
        usage_period,
        usage_date,
        usage_hour,
        node_id

),

based as (

    select
        node_intervals.*,
        nodes.cluster,
        nodes.node,
        nodes.known_as,
        clusters.charge_base,
        {% for resource in resources %}
            clusters.{{ resource }}_weight as told_{{ resource }}_weight,
            {{ kubernetes_claim('clusters.charge_base', 'node_intervals', resource) }}
                as {{ resource }}_claimed{{ ',' if not loop.last }}
        {% endfor %}
    from node_intervals
    inner join nodes
        on node_intervals.node_id = nodes.node_id
    left join clusters
        on
            nodes.cluster = lower(trim(clusters.cluster))
            and {{ in_force('node_intervals.usage_date', 'clusters') }}

),

-- a node whose capacity is not told has no idle part
sized as (

    select
        based.*,
        {% for resource in resources %}
            coalesce({{ resource }}_told_capacity, {{ resource }}_claimed)
                as {{ resource }}_capacity{{ ',' if not loop.last }}
        {% endfor %}
    from based

),

-- more taken than there is, beyond what measuring explains, is no idle part but a feed that contradicts itself
weighed as (

    select
        sized.*,
        {% for resource in resources %}
            coalesce(
                cast(sized.told_{{ resource }}_weight as double),
                {% if resource == 'gpu' -%}
                    cast(sized.told_cpu_weight as double) * 10,
                {%- endif %}
                case
                    when sized.gpu_capacity > 0 then {{ usual_weights[resource][1] }}
                    else {{ usual_weights[resource][0] }}
                end
            ) as {{ resource }}_weight,
            case
                when
                    sized.{{ resource }}_taken
                    > sized.{{ resource }}_told_capacity * (1 + coalesce(thresholds.value, 0))
                    then sized.{{ resource }}_told_capacity
            end as {{ resource }}_exceeded_capacity,
            case
                when
                    sized.{{ resource }}_taken
                    > sized.{{ resource }}_told_capacity * (1 + coalesce(thresholds.value, 0))
                    then sized.{{ resource }}_taken
            end as {{ resource }}_exceeding{{ ',' if not loop.last }}
        {% endfor %}
    from sized
    left join thresholds
        on
            thresholds.threshold_id = 'kubernetes_overrun_max'
            and {{ in_force('sized.usage_date', 'thresholds') }}

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
        priced.billing_period,
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
                cast({{ kubernetes_claim('priced.charge_base', 'workload_intervals', resource) }} as double)
                * priced.{{ resource }}_price as decimal(38, 12)
            ) as {{ resource }}_quantity,
        {% endfor %}
        cast(
            {% for resource in resources %}
                {{ '+ ' if not loop.first }}case
                    when priced.{{ resource }}_claimed > 0
                        then
                            priced.{{ resource }}_idle
                            * cast(
                                {{ kubernetes_claim('priced.charge_base', 'workload_intervals', resource) }} as double
                            ) / cast(priced.{{ resource }}_claimed as double)
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

    union all

    -- what is idle of a resource that nothing claims stays idle, however the rest is handed on
    select
        priced.source_id,
        priced.billing_period,
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
        billing_period,
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

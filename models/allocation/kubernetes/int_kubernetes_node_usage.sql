-- one row per source, day, hour (null where the feed tells days), node and workload: what it is charged for of the
-- node, resource by resource; one more for what is idle of the node
-- Days that count only; months are divided as a whole.
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
{{ config(materialized='view') }}
{% set measures = ['request', 'usage', 'limit', 'capacity', 'exceeded_capacity', 'exceeding', 'quantity'] -%}
with divided_nodes as (

    select * from {{ ref('int_kubernetes_divided_nodes') }}

),

measured_days as (

    select * from {{ ref('int_measured_days') }}

),

final as (

    select
        divided_nodes.source_id,
        divided_nodes.billing_period,
        divided_nodes.usage_date,
        divided_nodes.usage_hour,
        divided_nodes.node_id,
        divided_nodes.workload_id,
        divided_nodes.is_idle,
        divided_nodes.cluster,
        divided_nodes.node,
        divided_nodes.known_as,
        divided_nodes.hours,
        {% for resource in ['cpu', 'memory', 'gpu'] %}
            {% for measure in measures %}
                divided_nodes.{{ resource }}_{{ measure }},
            {% endfor %}
        {% endfor %}
        divided_nodes.idle_quantity
    from divided_nodes
    inner join measured_days
        on divided_nodes.usage_date = measured_days.measured_date

)

select * from final

-- one row per source, month, node and workload that feeds of Kubernetes tell, with each set of labels it has
-- A month repeats few names a million times: they are read out of the texts once per delivery.
-- depends_on: {{ ref('int_kubernetes_periods') }}
{% set names = [
    'source_id', 'cluster', 'node', 'provider_id', 'namespace', 'workload_kind', 'workload_name', 'labels',
    'namespace_labels',
] -%}
{{ config(
    materialized='partitioned',
    partition_by=['billing_period'],
    order_by=names,
    is_small=true,
    partitions_from='allocation.int_kubernetes_periods',
    scope_where='true',
) }}
with usage as (

    select * from {{ ref('int_kubernetes_usage') }}

),

distinct_names as (

    select distinct
        billing_period,
        {{ names | join(',\n        ') }}
    from usage

),

final as (

    select
        billing_period,
        {{ names | join(',\n        ') }},
        {{ kubernetes_node_id('cluster', 'node', 'provider_id') }} as node_id,
        case
            when {{ is_kubernetes_workload('namespace') }}
                then {{ kubernetes_workload_id(
                    'cluster', 'namespace', 'workload_kind', 'workload_name', 'labels', 'namespace_labels'
                ) }}
        end as workload_id
    from distinct_names

)

select * from final

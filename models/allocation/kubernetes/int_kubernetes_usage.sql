-- one row per pod and interval of a feed, and one per node and interval that a feed tells apart from its pods
{{ config(materialized='view') }}
with kubernetes_usage as (

    select * from {{ ref('stg_kubernetes__usage') }}

),

final as (

    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        cluster,
        node,
        provider_id,
        namespace,
        workload_kind,
        workload_name,
        pod,
        labels,
        namespace_labels,
        hours,
        cpu_request,
        cpu_limit,
        cpu_usage,
        memory_request,
        memory_limit,
        memory_usage,
        gpu_request,
        gpu_usage,
        gpu_model,
        node_cpu_capacity,
        node_memory_capacity,
        node_gpu_capacity,
        delivery_id,
        source_file,
        source_row
    from kubernetes_usage
    where record in ('pod', 'node')

)

select * from final

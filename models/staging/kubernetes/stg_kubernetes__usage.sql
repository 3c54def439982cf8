-- one row per row of a feed file
with kubernetes_usage as (
    select * from {{ source('landing_kubernetes', 'kubernetes_usage') }}
),

staged as (
    select
        record,
        {{ interval_date(adapter.quote('start')) }} as usage_date,
        {{ interval_hour(adapter.quote('start'), adapter.quote('end')) }} as usage_hour,
        cluster,
        nullif(node, '') as node,
        nullif(provider_id, '') as provider_id,
        nullif(namespace, '') as namespace,
        nullif(workload_kind, '') as workload_kind,
        nullif(workload_name, '') as workload_name,
        nullif(pod, '') as pod,
        nullif(nullif(labels, ''), '{}') as labels,
        nullif(nullif(namespace_labels, ''), '{}') as namespace_labels,
        {{ measured('hours') }} as hours,
        {{ measured('cpu_request') }} as cpu_request,
        {{ measured('cpu_limit') }} as cpu_limit,
        {{ measured('cpu_usage') }} as cpu_usage,
        {{ measured('memory_request') }} as memory_request,
        {{ measured('memory_limit') }} as memory_limit,
        {{ measured('memory_usage') }} as memory_usage,
        {{ measured('gpu_request') }} as gpu_request,
        {{ measured('gpu_usage') }} as gpu_usage,
        nullif(gpu_model, '') as gpu_model,
        {{ measured('node_cpu_capacity') }} as node_cpu_capacity,
        {{ measured('node_memory_capacity') }} as node_memory_capacity,
        {{ measured('node_gpu_capacity') }} as node_gpu_capacity,
        nullif(claim, '') as claim,
        nullif(volume, '') as volume,
        nullif(volume_handle, '') as volume_handle,
        nullif(storage_class, '') as storage_class,
        {{ measured('requested_gib_hours') }} as requested_gib_hours,
        {{ measured('used_gib_hours') }} as used_gib_hours,
        {{ measured('held_hours') }} as held_hours,
        nullif(traffic_class, '') as traffic_class,
        {{ measured('bytes') }} as bytes,
        nullif(service, '') as service,
        nullif(load_balancer, '') as load_balancer,
        _source_id as source_id,
        _billing_period as billing_period,
        _delivery_id as delivery_id,
        _source_file as source_file,
        _source_row as source_row
    from kubernetes_usage
)

select * from staged

-- one row per row of a report of the cost management operator
with ocp_report as (
    select * from {{ source('landing_kubernetes', 'ocp_report') }}
),

staged as (
    select
        report,
        {{ interval_date('interval_start') }} as usage_date,
        {{ interval_hour('interval_start', 'interval_end') }} as usage_hour,
        cluster,
        nullif(node, '') as node,
        nullif(resource_id, '') as provider_id,
        nullif(node_role, '') as node_role,
        nullif(namespace, '') as namespace,
        nullif(pod, '') as pod,
        {{ quotient(measured('pod_request_cpu_core_seconds'), 3600) }} as cpu_request,
        {{ quotient(measured('pod_limit_cpu_core_seconds'), 3600) }} as cpu_limit,
        {{ quotient(measured('pod_usage_cpu_core_seconds'), 3600) }} as cpu_usage,
        {{ quotient(measured('pod_request_memory_byte_seconds'), 3865470566400) }} as memory_request,
        {{ quotient(measured('pod_limit_memory_byte_seconds'), 3865470566400) }} as memory_limit,
        {{ quotient(measured('pod_usage_memory_byte_seconds'), 3865470566400) }} as memory_usage,
        {{ quotient(measured('node_capacity_cpu_core_seconds'), 3600) }} as node_cpu_capacity,
        {{ quotient(measured('node_capacity_memory_byte_seconds'), 3865470566400) }} as node_memory_capacity,
        nullif(pod_labels, '') as labels,
        nullif(namespace_labels, '') as namespace_labels,
        nullif(node_labels, '') as node_labels,
        nullif(persistentvolumeclaim, '') as claim,
        nullif(persistentvolume, '') as volume,
        nullif(csi_volume_handle, '') as volume_handle,
        nullif(storageclass, '') as storage_class,
        nullif(persistentvolumeclaim_labels, '') as claim_labels,
        {{ quotient(measured('volume_request_storage_byte_seconds'), 3865470566400) }} as requested_gib_hours,
        {{ quotient(measured('persistentvolumeclaim_usage_byte_seconds'), 3865470566400) }} as used_gib_hours,
        {{ measured('persistentvolumeclaim_capacity_byte_seconds') }} as capacity_byte_seconds,
        {{ measured('persistentvolumeclaim_capacity_bytes') }} as capacity_bytes,
        nullif(gpu_uuid, '') as gpu,
        nullif(gpu_model_name, '') as gpu_model,
        {{ quotient(measured('gpu_pod_uptime'), 3600) }} as gpu_hours,
        {{ measured('gpu_max_slices') }} as gpu_max_slices,
        nullif(mig_profile, '') as mig_profile,
        nullif(mig_instance_id, '') as mig_instance_id,
        _source_id as source_id,
        _billing_period as billing_period,
        _delivery_id as delivery_id,
        _source_file as source_file,
        _source_row as source_row
    from ocp_report
)

select * from staged

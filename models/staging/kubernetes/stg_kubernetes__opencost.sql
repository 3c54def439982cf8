-- one row per allocation of OpenCost, and one per volume and load balancer of it where the form tells them
with opencost as (
    select * from {{ source('landing_kubernetes', 'opencost') }}
),

renamed as (
    select
        coalesce(nullif(record, ''), 'allocation') as record,
        {{ interval_date('window_start') }} as usage_date,
        {{ interval_hour('window_start', 'window_end') }} as usage_hour,
        window_end is null as is_day_without_minutes,
        nullif(name, '') as allocation_name,
        nullif(cluster, '') as cluster,
        nullif(node, '') as node,
        nullif(provider_id, '') as provider_id,
        nullif(namespace, '') as namespace,
        -- a pod without a controller
        nullif(nullif(controller_kind, ''), '__unallocated__') as workload_kind,
        nullif(nullif(controller, ''), '__unallocated__') as workload_name,
        nullif(pod, '') as pod,
        nullif(container, '') as container,
        nullif(nullif(labels, ''), '{}') as labels,
        nullif(nullif(namespace_labels, ''), '{}') as namespace_labels,
        {{ measured('minutes') }} as minutes,
        {{ measured('cpuCoreRequestAverage') }} as cpu_request_average,
        {{ measured('cpuCoreLimitAverage') }} as cpu_limit_average,
        {{ measured('cpuCoreUsageAverage') }} as cpu_usage_average,
        {{ measured('ramByteRequestAverage') }} as ram_request_average,
        {{ measured('ramByteLimitAverage') }} as ram_limit_average,
        {{ measured('ramByteUsageAverage') }} as ram_usage_average,
        {{ measured('gpuCount') }} as gpu_count,
        {{ measured('networkTransferBytes') }} as transfer_bytes,
        nullif(volume, '') as volume,
        nullif(volume_provider_id, '') as volume_handle,
        {{ measured('volume_byte_hours') }} as volume_byte_hours,
        nullif(service, '') as service,
        nullif(load_balancer, '') as load_balancer,
        {{ measured('load_balancer_hours') }} as load_balancer_hours,
        {{ measured('totalCost') }} as estimated_cost,
        _source_id as source_id,
        _billing_period as billing_period,
        _delivery_id as delivery_id,
        _source_file as source_file,
        _source_row as source_row
    from opencost
),

-- averages are over the minutes that something ran; the CSV export does not tell them, and has days
timed as (
    select
        renamed.*,
        {{ quotient('renamed.minutes', 60) }} as hours,
        case
            when renamed.minutes is null and renamed.is_day_without_minutes then cast(24 as decimal(38, 12))
            else {{ quotient('renamed.minutes', 60) }}
        end as hours_of_averages,
        concat_ws('/', renamed.allocation_name, renamed.namespace, renamed.pod) as names
    from renamed
),

staged as (
    select
        record,
        case
            when position('__idle__' in names) > 0 then 'idle'
            when position('__unmounted__' in names) > 0 then 'unmounted'
            when namespace is null or namespace = '__unallocated__' then 'unallocated'
            else 'workload'
        end as allocation_type,
        usage_date,
        usage_hour,
        cluster,
        node,
        provider_id,
        namespace,
        workload_kind,
        workload_name,
        coalesce(nullif(pod, '__unallocated__'), allocation_name) as pod,
        container,
        labels,
        namespace_labels,
        hours,
        {{ decimal_product('cpu_request_average', 'hours_of_averages') }} as cpu_request,
        {{ decimal_product('cpu_limit_average', 'hours_of_averages') }} as cpu_limit,
        {{ decimal_product('cpu_usage_average', 'hours_of_averages') }} as cpu_usage,
        {{ decimal_product(quotient('ram_request_average', 1073741824), 'hours_of_averages') }} as memory_request,
        {{ decimal_product(quotient('ram_limit_average', 1073741824), 'hours_of_averages') }} as memory_limit,
        {{ decimal_product(quotient('ram_usage_average', 1073741824), 'hours_of_averages') }} as memory_usage,
        {{ decimal_product('gpu_count', 'hours_of_averages') }} as gpu_request,
        transfer_bytes,
        volume,
        volume_handle,
        {{ quotient('volume_byte_hours', 1073741824) }} as volume_gib_hours,
        service,
        load_balancer,
        load_balancer_hours,
        estimated_cost,
        source_id,
        billing_period,
        delivery_id,
        source_file,
        source_row
    from timed
)

select * from staged

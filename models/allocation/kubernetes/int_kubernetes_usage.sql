-- one row per pod (or container) and interval of a feed, and one per node and interval that a feed tells apart
{{ config(materialized='view') }}
with kubernetes_usage as (

    select * from {{ ref('stg_kubernetes__usage') }}

),

opencost as (

    select * from {{ ref('stg_kubernetes__opencost') }}

),

ocp_report as (

    select * from {{ ref('stg_kubernetes__ocp_report') }}

),

native_splits as (

    select * from {{ ref('int_kubernetes_native_splits') }}

),

ocp_pods as (

    select * from ocp_report
    where report = 'pod'

),

ocp_namespaces as (

    select
        source_id,
        cluster,
        usage_date,
        usage_hour,
        namespace,
        max(namespace_labels) as namespace_labels
    from ocp_report
    where report = 'namespace_labels'
    group by
        source_id,
        cluster,
        usage_date,
        usage_hour,
        namespace

),

-- a slice counts as its part of the GPU; how many parts a GPU has is told, or the part is not known
ocp_gpu_rows as (

    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        cluster,
        node,
        namespace,
        pod,
        gpu_model,
        delivery_id,
        source_file,
        source_row,
        case
            when mig_profile is null then gpu_hours
            when gpu_max_slices > 0
                then cast(
                    {{ double_from_decimal('gpu_hours') }}
                    * cast({{ regexp_group('mig_profile', "'([0-9]+)g[.]'") }} as double)
                    / {{ double_from_decimal('gpu_max_slices') }} as decimal(38, 12)
                )
        end as gpu_request
    from ocp_report
    where report = 'gpu'

),

-- the row of a pod tells nothing of its GPUs, the rows of its GPUs nothing of its labels
ocp_gpus as (

    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        cluster,
        node,
        namespace,
        pod,
        case when count(gpu_request) = count(*) then sum(gpu_request) end as gpu_request,
        max(gpu_model) as gpu_model,
        min(delivery_id) as delivery_id,
        min(source_file) as source_file,
        min(source_row) as source_row
    from ocp_gpu_rows
    group by
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        cluster,
        node,
        namespace,
        pod

),

ocp_usage as (

    select
        coalesce(ocp_pods.source_id, ocp_gpus.source_id) as source_id,
        coalesce(ocp_pods.billing_period, ocp_gpus.billing_period) as billing_period,
        coalesce(ocp_pods.usage_date, ocp_gpus.usage_date) as usage_date,
        coalesce(ocp_pods.usage_hour, ocp_gpus.usage_hour) as usage_hour,
        coalesce(ocp_pods.cluster, ocp_gpus.cluster) as cluster,
        coalesce(ocp_pods.node, ocp_gpus.node) as node,
        ocp_pods.provider_id as provider_id,
        coalesce(ocp_pods.namespace, ocp_gpus.namespace) as namespace,
        cast(null as {{ dbt.type_string() }}) as workload_kind,
        cast(null as {{ dbt.type_string() }}) as workload_name,
        coalesce(ocp_pods.pod, ocp_gpus.pod) as pod,
        ocp_pods.labels as labels,
        ocp_namespaces.namespace_labels as namespace_labels,
        cast(null as decimal(38, 12)) as hours,
        ocp_pods.cpu_request as cpu_request,
        ocp_pods.cpu_limit as cpu_limit,
        ocp_pods.cpu_usage as cpu_usage,
        ocp_pods.memory_request as memory_request,
        ocp_pods.memory_limit as memory_limit,
        ocp_pods.memory_usage as memory_usage,
        ocp_gpus.gpu_request as gpu_request,
        cast(null as decimal(38, 12)) as gpu_usage,
        ocp_gpus.gpu_model as gpu_model,
        ocp_pods.node_cpu_capacity as node_cpu_capacity,
        ocp_pods.node_memory_capacity as node_memory_capacity,
        cast(null as decimal(38, 12)) as node_gpu_capacity,
        coalesce(ocp_pods.delivery_id, ocp_gpus.delivery_id) as delivery_id,
        coalesce(ocp_pods.source_file, ocp_gpus.source_file) as source_file,
        coalesce(ocp_pods.source_row, ocp_gpus.source_row) as source_row
    from ocp_pods
    full outer join ocp_gpus
        on
            ocp_pods.source_id = ocp_gpus.source_id
            and ocp_pods.cluster = ocp_gpus.cluster
            and ocp_pods.usage_date = ocp_gpus.usage_date
            and ocp_pods.usage_hour = ocp_gpus.usage_hour
            and ocp_pods.node = ocp_gpus.node
            and ocp_pods.namespace = ocp_gpus.namespace
            and ocp_pods.pod = ocp_gpus.pod
    left join ocp_namespaces
        on
            coalesce(ocp_pods.source_id, ocp_gpus.source_id) = ocp_namespaces.source_id
            and coalesce(ocp_pods.cluster, ocp_gpus.cluster) = ocp_namespaces.cluster
            and coalesce(ocp_pods.usage_date, ocp_gpus.usage_date) = ocp_namespaces.usage_date
            and coalesce(ocp_pods.usage_hour, ocp_gpus.usage_hour) = ocp_namespaces.usage_hour
            and coalesce(ocp_pods.namespace, ocp_gpus.namespace) = ocp_namespaces.namespace

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
    union all
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
        cast(null as decimal(38, 12)) as gpu_usage,
        cast(null as {{ dbt.type_string() }}) as gpu_model,
        cast(null as decimal(38, 12)) as node_cpu_capacity,
        cast(null as decimal(38, 12)) as node_memory_capacity,
        cast(null as decimal(38, 12)) as node_gpu_capacity,
        delivery_id,
        source_file,
        source_row
    from opencost
    where record = 'allocation' and allocation_type = 'workload'
    union all
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
    from ocp_usage
    union all
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
        cast(null as {{ dbt.type_string() }}) as labels,
        cast(null as {{ dbt.type_string() }}) as namespace_labels,
        cast(null as decimal(38, 12)) as hours,
        cpu_request,
        cast(null as decimal(38, 12)) as cpu_limit,
        cpu_usage,
        memory_request,
        cast(null as decimal(38, 12)) as memory_limit,
        memory_usage,
        cast(null as decimal(38, 12)) as gpu_request,
        cast(null as decimal(38, 12)) as gpu_usage,
        cast(null as {{ dbt.type_string() }}) as gpu_model,
        cast(null as decimal(38, 12)) as node_cpu_capacity,
        cast(null as decimal(38, 12)) as node_memory_capacity,
        cast(null as decimal(38, 12)) as node_gpu_capacity,
        delivery_id,
        source_file,
        source_row
    from native_splits

)

select * from final

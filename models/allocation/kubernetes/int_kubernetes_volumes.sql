-- one row per volume, interval and pod or workload that mounts it
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

final as (

    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        cluster,
        namespace,
        claim,
        volume,
        volume_handle,
        storage_class,
        requested_gib_hours,
        used_gib_hours,
        held_hours,
        workload_kind,
        workload_name,
        labels,
        delivery_id,
        source_file,
        source_row
    from kubernetes_usage
    where record = 'volume'
    union all
    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        cluster,
        case when namespace not in ('__unmounted__', '__unallocated__') then namespace end as namespace,
        cast(null as {{ dbt.type_string() }}) as claim,
        volume,
        volume_handle,
        cast(null as {{ dbt.type_string() }}) as storage_class,
        volume_gib_hours as requested_gib_hours,
        cast(null as decimal(38, 12)) as used_gib_hours,
        hours as held_hours,
        case when allocation_type = 'workload' then coalesce(workload_kind, 'Pod') end as workload_kind,
        case when allocation_type = 'workload' then coalesce(workload_name, pod) end as workload_name,
        labels,
        delivery_id,
        source_file,
        source_row
    from opencost
    where record = 'volume'
    union all
    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        cluster,
        namespace,
        claim,
        volume,
        volume_handle,
        storage_class,
        requested_gib_hours,
        used_gib_hours,
        cast(
            {{ double_from_decimal('capacity_byte_seconds') }}
            / nullif({{ double_from_decimal('capacity_bytes') }}, 0) / 3600 as decimal(38, 12)
        ) as held_hours,
        case when pod is not null then 'Pod' end as workload_kind,
        pod as workload_name,
        claim_labels as labels,
        delivery_id,
        source_file,
        source_row
    from ocp_report
    where report = 'storage'

)

select * from final

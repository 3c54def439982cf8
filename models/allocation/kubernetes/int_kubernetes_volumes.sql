-- one row per volume, interval and workload that mounts it
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

)

select * from final

-- one row per sender of traffic, interval and class of traffic
{{ config(materialized='view') }}
with kubernetes_usage as (

    select * from {{ ref('stg_kubernetes__usage') }}

),

opencost as (

    select * from {{ ref('stg_kubernetes__opencost') }}

),

-- OpenCost tells what was sent, and not to where
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
        traffic_class,
        bytes,
        delivery_id,
        source_file,
        source_row
    from kubernetes_usage
    where record = 'network'
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
        'unclassified' as traffic_class,
        transfer_bytes as bytes,
        delivery_id,
        source_file,
        source_row
    from opencost
    where record = 'allocation' and allocation_type = 'workload' and transfer_bytes is not null

)

select * from final

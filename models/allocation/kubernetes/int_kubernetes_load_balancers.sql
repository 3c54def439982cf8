-- one row per load balancer, service and interval
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
        service,
        load_balancer,
        hours,
        delivery_id,
        source_file,
        source_row
    from kubernetes_usage
    where record = 'load_balancer'

)

select * from final

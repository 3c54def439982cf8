-- one row per load balancer, service and interval
{{ config(materialized='view') }}
with kubernetes_usage as (

    select * from {{ ref('stg_kubernetes__usage') }}

),

opencost as (

    select * from {{ ref('stg_kubernetes__opencost') }}

),

-- each pod behind a service tells the hours of its load balancer
opencost_balancers as (

    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        cluster,
        namespace,
        service,
        load_balancer,
        max(load_balancer_hours) as hours,
        min(delivery_id) as delivery_id,
        min(source_file) as source_file,
        min(source_row) as source_row
    from opencost
    where record = 'load_balancer'
    group by
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        cluster,
        namespace,
        service,
        load_balancer

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
    union all
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
    from opencost_balancers

)

select * from final

-- one row per day, hour, driver of Kubernetes that some pool is divided by, scope, target and consumer
{{ config(
    materialized='table_when',
    needed_when='select 1 from allocation.int_kubernetes_consumers',
) }}
with node_usage as (

    select * from {{ ref('int_kubernetes_node_usage') }}

),

volume_holders as (

    select * from {{ ref('int_kubernetes_volume_holders') }}

),

network as (

    select * from {{ ref('int_kubernetes_network') }}

),

load_balancers as (

    select * from {{ ref('int_kubernetes_load_balancers') }}

),

consumers as (

    select * from {{ ref('int_kubernetes_consumers') }}

),

resources as (

    select * from {{ ref('int_kubernetes_resources') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

pools as (

    select * from {{ ref('pools') }}

),

pool_fallbacks as (

    select * from {{ ref('pool_fallbacks') }}

),

asked_windows as (

    select
        lower(trim(driver_id)) as driver,
        driver_window
    from pools
    union all
    select
        lower(trim(pool_fallbacks.driver_id)) as driver,
        coalesce(pool_fallbacks.driver_window, pools.driver_window) as driver_window
    from pool_fallbacks
    inner join pools
        on lower(trim(pool_fallbacks.pool_id)) = lower(trim(pools.pool_id))

),

asked_drivers as (

    select
        driver,
        max(case when driver_window = 'charge_hour' then 1 else 0 end) = 1 as is_by_hour
    from asked_windows
    where driver like 'kubernetes%'
    group by driver

),

billed_resources as (

    {{ kubernetes_billed_resources('identities', 'resources') }}

),

billed_scopes as (

    select distinct
        role,
        known_as,
        scope_key
    from billed_resources

),

cluster_resources as (

    select distinct
        kubernetes_cluster as cluster,
        lower(trim(resource_id)) as scope_key
    from identities
    where kubernetes_role is not null

),

node_drivers as (

    select
        'kubernetes_node_compute' as driver,
        billed_scopes.scope_key as scope,
        node_usage.usage_date,
        node_usage.usage_hour,
        node_usage.source_id,
        node_usage.workload_id,
        node_usage.cpu_quantity + node_usage.memory_quantity + node_usage.gpu_quantity as quantity
    from node_usage
    inner join billed_scopes
        on
            node_usage.known_as = billed_scopes.known_as
            and billed_scopes.role = 'node'

    union all

    select
        'kubernetes_idle_compute' as driver,
        billed_scopes.scope_key as scope,
        node_usage.usage_date,
        node_usage.usage_hour,
        node_usage.source_id,
        node_usage.workload_id,
        node_usage.idle_quantity as quantity
    from node_usage
    inner join billed_scopes
        on
            node_usage.known_as = billed_scopes.known_as
            and billed_scopes.role = 'node'

    union all

    select
        'kubernetes_namespace_compute' as driver,
        cluster as scope,
        usage_date,
        usage_hour,
        source_id,
        workload_id,
        cpu_quantity + memory_quantity + gpu_quantity as quantity
    from node_usage
    where not is_idle

),

-- the same for each resource of the cluster, so that a pool divided by resource can hand on to one that is shared in
-- the cluster
cluster_drivers as (

    select
        'kubernetes_cluster_compute' as driver,
        cluster_resources.scope_key as scope,
        node_drivers.usage_date,
        node_drivers.usage_hour,
        node_drivers.source_id,
        node_drivers.workload_id,
        sum(node_drivers.quantity) as quantity
    from node_drivers
    inner join asked_drivers
        on asked_drivers.driver = 'kubernetes_cluster_compute'
    inner join cluster_resources
        on node_drivers.scope = cluster_resources.cluster
    where node_drivers.driver = 'kubernetes_namespace_compute'
    group by
        cluster_resources.scope_key,
        node_drivers.usage_date,
        node_drivers.usage_hour,
        node_drivers.source_id,
        node_drivers.workload_id

),

traffic as (

    select
        lower(trim(cluster)) as cluster,
        lower(trim(coalesce(provider_id, node))) as known_as,
        usage_date,
        usage_hour,
        source_id,
        traffic_class,
        {{ kubernetes_workload_id('cluster', 'namespace', 'workload_kind', 'workload_name') }} as workload_id,
        {{ kubernetes_workload_id('cluster', "'__unclassified__'") }} as unclassified_id,
        bytes
    from network
    where {{ is_kubernetes_workload('namespace') }}

),

{% set classes = {
    'kubernetes_internet_bytes': 'internet',
    'kubernetes_nat_bytes': 'nat',
    'kubernetes_cross_zone_bytes': 'cross_zone',
} -%}
-- traffic within a zone costs nothing. Where one class is divided, what has no class may be of it or not: nobody's
traffic_drivers as (

    select
        'kubernetes_network_bytes' as driver,
        cluster as scope,
        usage_date,
        usage_hour,
        source_id,
        workload_id,
        bytes as quantity
    from traffic
    where traffic_class <> 'zone'

    union all

    select
        'kubernetes_node_network_bytes' as driver,
        billed_scopes.scope_key as scope,
        traffic.usage_date,
        traffic.usage_hour,
        traffic.source_id,
        traffic.workload_id,
        traffic.bytes as quantity
    from traffic
    inner join billed_scopes
        on
            traffic.known_as = billed_scopes.known_as
            and billed_scopes.role = 'node'
    where traffic.traffic_class <> 'zone'

    {% for driver, class in classes.items() %}
        union all

        select
            '{{ driver }}' as driver,
            cluster as scope,
            usage_date,
            usage_hour,
            source_id,
            case when traffic_class = '{{ class }}' then workload_id else unclassified_id end as workload_id,
            bytes as quantity
        from traffic
        where traffic_class in ('{{ class }}', 'unclassified')
    {% endfor %}

),

served as (

    select
        'kubernetes_load_balancer' as driver,
        billed_scopes.scope_key as scope,
        load_balancers.usage_date,
        load_balancers.usage_hour,
        load_balancers.source_id,
        {{ kubernetes_workload_id(
            'load_balancers.cluster', 'load_balancers.namespace', "'Service'", 'load_balancers.service'
        ) }} as workload_id,
        load_balancers.hours as quantity
    from load_balancers
    inner join billed_scopes
        on
            lower(trim(load_balancers.load_balancer)) = billed_scopes.known_as
            and billed_scopes.role = 'load_balancer'
    where {{ is_kubernetes_workload('load_balancers.namespace') }}

),

held as (

    select
        'kubernetes_volume' as driver,
        scope_key as scope,
        charge_date as usage_date,
        usage_hour,
        source_id,
        workload_id,
        held_hours as quantity
    from volume_holders

),

quantities as (

    select * from node_drivers
    union all
    select * from cluster_drivers
    union all
    select * from traffic_drivers
    union all
    select * from served
    union all
    select * from held

),

hours as (

    {% for hour in range(24) %}
        {{ 'union all' if not loop.first }}
        select cast({{ hour }} as bigint) as usage_hour
    {% endfor %}

),

-- what a feed tells by the day is the same in each of its hours, for pools that are divided by the hour
hourly as (

    select
        quantities.driver,
        quantities.scope,
        quantities.usage_date,
        coalesce(quantities.usage_hour, hours.usage_hour) as usage_hour,
        quantities.source_id,
        quantities.workload_id,
        case
            when hours.usage_hour is null then quantities.quantity
            else cast(cast(quantities.quantity as double) / 24 as decimal(38, 12))
        end as quantity
    from quantities
    inner join asked_drivers
        on quantities.driver = asked_drivers.driver
    left join hours
        on
            quantities.usage_hour is null
            and asked_drivers.is_by_hour

),

final as (

    select
        hourly.usage_date,
        hourly.usage_hour,
        hourly.driver,
        hourly.scope,
        consumers.target,
        cast(
            case when count(*) = count(hourly.quantity) then sum(hourly.quantity) end as decimal(38, 12)
        ) as quantity,
        hourly.source_id,
        consumers.consumer_id
    from hourly
    inner join consumers
        on
            hourly.workload_id = consumers.workload_id
            and hourly.usage_date >= consumers.segment_from
            and hourly.usage_date < consumers.segment_to
    group by
        hourly.usage_date,
        hourly.usage_hour,
        hourly.driver,
        hourly.scope,
        consumers.target,
        hourly.source_id,
        consumers.consumer_id

)

select * from final

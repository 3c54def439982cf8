-- one row per day, hour, driver of Kubernetes that some pool is divided by, scope, target and consumer
-- By the hour only where a pool asks for hours of that driver in that scope: most of the work of a large cluster would
-- be in vain.
{{ config(
    materialized='table_when',
    needed_when='select 1 from allocation.int_kubernetes_consumers',
) }}
-- what is read more than once is named where it is read: an engine holds a shared part of a query in memory, whole
with volume_holders as (

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

measured_days as (

    select * from {{ ref('int_measured_days') }}

),

pools as (

    select * from {{ ref('pools') }}

),

pool_fallbacks as (

    select * from {{ ref('pool_fallbacks') }}

),

pool_targets as (

    select * from {{ ref('pool_targets') }}

),

owners as (

    select * from {{ ref('int_charge_owners') }}

),

asked_windows as (

    select
        lower(trim(pool_id)) as pool_key,
        lower(trim(driver_id)) as driver,
        driver_window,
        scope_by
    from pools
    union all
    select
        lower(trim(pools.pool_id)) as pool_key,
        lower(trim(pool_fallbacks.driver_id)) as driver,
        coalesce(pool_fallbacks.driver_window, pools.driver_window) as driver_window,
        pools.scope_by
    from pool_fallbacks
    inner join pools
        on lower(trim(pool_fallbacks.pool_id)) = lower(trim(pools.pool_id))

),

fed_pools as (

    select distinct lower(trim(target_pool_id)) as pool_key
    from pool_targets
    where target_pool_id is not null

),

-- a pool that is divided as a whole, or in the scopes of another one, looks at hours everywhere
asked_drivers as (

    select
        asked_windows.driver,
        max(case when asked_windows.driver_window = 'charge_hour' then 1 else 0 end) = 1 as is_by_hour,
        max(
            case
                when
                    asked_windows.driver_window = 'charge_hour'
                    and (asked_windows.scope_by is null or fed_pools.pool_key is not null)
                    then 1
                else 0
            end
        ) = 1 as is_by_hour_everywhere
    from asked_windows
    left join fed_pools
        on asked_windows.pool_key = fed_pools.pool_key
    where asked_windows.driver like 'kubernetes%'
    group by asked_windows.driver

),

hourly_scopes as (

    select distinct scope_key
    from owners
    where driver_window = 'charge_hour'

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
    from {{ ref('int_kubernetes_node_usage') }} as node_usage
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
    from {{ ref('int_kubernetes_node_usage') }} as node_usage
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
    from {{ ref('int_kubernetes_node_usage') }}
    where not is_idle

),

-- the same for each resource of the cluster, so that a pool divided by resource can hand on to one that is shared in
-- the cluster
cluster_drivers as (

    select
        'kubernetes_cluster_compute' as driver,
        cluster_resources.scope_key as scope,
        node_usage.usage_date,
        node_usage.usage_hour,
        node_usage.source_id,
        node_usage.workload_id,
        sum(node_usage.cpu_quantity + node_usage.memory_quantity + node_usage.gpu_quantity) as quantity
    from {{ ref('int_kubernetes_node_usage') }} as node_usage
    inner join asked_drivers
        on asked_drivers.driver = 'kubernetes_cluster_compute'
    inner join cluster_resources
        on node_usage.cluster = cluster_resources.cluster
    where not node_usage.is_idle
    group by
        cluster_resources.scope_key,
        node_usage.usage_date,
        node_usage.usage_hour,
        node_usage.source_id,
        node_usage.workload_id

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

-- what a feed tells by the day is the same in each of its hours, for pools that are divided by the hour
spread as (

    select
        false as is_spread,
        cast(null as bigint) as usage_hour
    {% for hour in range(24) %}
        union all
        select
            true as is_spread,
            cast({{ hour }} as bigint) as usage_hour
    {% endfor %}

),

asked_quantities as (

    select
        quantities.driver,
        quantities.scope,
        quantities.usage_date,
        quantities.usage_hour,
        quantities.source_id,
        quantities.workload_id,
        quantities.quantity,
        asked_drivers.is_by_hour
        and (asked_drivers.is_by_hour_everywhere or hourly_scopes.scope_key is not null) as is_by_hour
    from quantities
    inner join measured_days
        on quantities.usage_date = measured_days.measured_date
    inner join asked_drivers
        on quantities.driver = asked_drivers.driver
    left join hourly_scopes
        on quantities.scope = hourly_scopes.scope_key

),

timed as (

    select
        asked_quantities.driver,
        asked_quantities.scope,
        asked_quantities.usage_date,
        case when asked_quantities.is_by_hour then coalesce(asked_quantities.usage_hour, spread.usage_hour) end
            as usage_hour,
        asked_quantities.source_id,
        asked_quantities.workload_id,
        case
            when spread.is_spread then cast(cast(asked_quantities.quantity as double) / 24 as decimal(38, 12))
            else asked_quantities.quantity
        end as quantity
    from asked_quantities
    inner join spread
        on (asked_quantities.is_by_hour and asked_quantities.usage_hour is null) = spread.is_spread

),

final as (

    select
        timed.usage_date,
        timed.usage_hour,
        timed.driver,
        timed.scope,
        consumers.target,
        cast(
            case when count(*) = count(timed.quantity) then sum(timed.quantity) end as decimal(38, 12)
        ) as quantity,
        timed.source_id,
        consumers.consumer_id
    from timed
    inner join consumers
        on
            timed.workload_id = consumers.workload_id
            and timed.usage_date >= consumers.segment_from
            and timed.usage_date < consumers.segment_to
    group by
        timed.usage_date,
        timed.usage_hour,
        timed.driver,
        timed.scope,
        consumers.target,
        timed.source_id,
        consumers.consumer_id

)

select * from final

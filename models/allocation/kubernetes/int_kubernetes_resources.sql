-- one row per resource that usage feeds of Kubernetes know, role, cluster, and key by which a bill may name it
{{ config(
    materialized='table_when',
    needed_when="""
        select 1 from allocation.int_kubernetes_names
        union all
        select 1 from allocation.int_kubernetes_volumes
        union all
        select 1 from allocation.int_kubernetes_network
        union all
        select 1 from allocation.int_kubernetes_load_balancers
    """,
) }}
with names as (

    select * from {{ ref('int_kubernetes_names') }}

),

volumes as (

    select * from {{ ref('int_kubernetes_volumes') }}

),

network as (

    select * from {{ ref('int_kubernetes_network') }}

),

load_balancers as (

    select * from {{ ref('int_kubernetes_load_balancers') }}

),

-- a machine is known by its provider id, else by its name as a node; a month repeats few of them a million times, and
-- an aggregate keeps an engine from trying the patterns below on each of these rows
machines as (

    select
        min(cluster) as cluster,
        min(coalesce(provider_id, node)) as machine
    from names
    group by
        cluster,
        coalesce(provider_id, node)
    union all
    select
        min(cluster) as cluster,
        min(coalesce(provider_id, node)) as machine
    from network
    group by
        cluster,
        coalesce(provider_id, node)

),

sightings as (

    select
        'node' as role,
        lower(trim(cluster)) as cluster,
        lower(trim(machine)) as known_as
    from machines
    union
    select
        'volume' as role,
        lower(trim(cluster)) as cluster,
        lower(trim(coalesce(volume_handle, volume))) as known_as
    from volumes
    union
    select
        'load_balancer' as role,
        lower(trim(cluster)) as cluster,
        lower(trim(load_balancer)) as known_as
    from load_balancers

),

known as (

    select
        role,
        cluster,
        known_as,
        -- what follows the scheme of a provider id: aws:///eu-central-1a/i-0abc, azure:///subscriptions/…
        coalesce({{ regexp_group('known_as', "'^[a-z]+://(.*)$'", 1) }}, known_as) as path
    from sightings
    where known_as is not null
    union
    select
        'control_plane' as role,
        cluster,
        cluster as known_as,
        cluster as path
    from sightings
    where cluster is not null

),

final as (

    select
        role,
        cluster,
        known_as,
        path as resource_key
    from known
    where role <> 'control_plane'

    union

    -- a machine or disk of Amazon is billed by the last part of what Kubernetes knows
    select
        role,
        cluster,
        known_as,
        {{ regexp_group('path', "'/((?:i|vol)-[0-9a-f]+)$'", 1) }} as resource_key
    from known

    union

    -- Azure bills a scale set, not its machines
    select
        role,
        cluster,
        known_as,
        {{ regexp_group('path', "'^(.*/virtualmachinescalesets/[^/]+)/virtualmachines/[^/]+$'", 1) }} as resource_key
    from known

    union

    -- Google's: gce://project/zone/name, projects/project/zones/zone/disks/name
    select
        role,
        cluster,
        known_as,
        {{ regexp_group('path', "'^(?:projects/)?([^/]+)/'", 1) }}
        || '/' || {{ regexp_group('path', "'/([^/]+)$'", 1) }} as resource_key
    from known
    where
        known_as like 'gce://%'
        or known_as like 'projects/%'

    union

    select
        role,
        cluster,
        known_as,
        'name/' || path as resource_key
    from known
    where
        role = 'node'
        and path not like '%/%'

    union

    select
        role,
        cluster,
        known_as,
        'control_plane/' || {{ regexp_group('path', "'([^/:]+)$'", 1) }} as resource_key
    from known
    where role = 'control_plane'

    union

    -- by its name, or the address that begins with it: name-0123.eu-central-1.elb.amazonaws.com
    select
        role,
        cluster,
        known_as,
        'load_balancer/' || coalesce(
            {{ regexp_group('path', "'^(?:internal-)?([^.]+)-[^-.]+[.].*amazonaws[.]com'", 1) }}, path
        ) as resource_key
    from known
    where
        role = 'load_balancer'
        and path not like '%/%'

)

select * from final
where resource_key is not null

-- one row per cluster, namespace, workload and set of labels that usage feeds of Kubernetes tell apart; two more per
-- cluster for what no workload used: idle capacity, and traffic of no class
-- depends_on: {{ ref('int_kubernetes_resources') }}
{{ config(
    materialized='table_when',
    needed_when='select 1 from allocation.int_kubernetes_resources',
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

pods as (

    select distinct
        workload_id,
        cluster,
        namespace,
        workload_kind,
        workload_name,
        labels,
        namespace_labels
    from names
    where workload_id is not null

),

-- volumes, traffic and services say less about themselves than pods do
others as (

    select
        cluster,
        namespace,
        workload_kind,
        workload_name,
        labels
    from volumes
    where {{ is_kubernetes_workload('namespace') }}
    union
    select
        cluster,
        namespace,
        workload_kind,
        workload_name,
        cast(null as {{ dbt.type_string() }}) as labels
    from network
    where {{ is_kubernetes_workload('namespace') }}
    union
    select
        cluster,
        namespace,
        'Service' as workload_kind,
        service as workload_name,
        cast(null as {{ dbt.type_string() }}) as labels
    from load_balancers
    where {{ is_kubernetes_workload('namespace') }}

),

labelled_workloads as (

    select
        cluster,
        namespace,
        workload_kind,
        workload_name,
        max(labels) as labels
    from pods
    group by
        cluster,
        namespace,
        workload_kind,
        workload_name

),

labelled_namespaces as (

    select
        cluster,
        namespace,
        max(namespace_labels) as namespace_labels
    from pods
    group by
        cluster,
        namespace

),

told as (

    select
        pods.workload_id,
        lower(trim(pods.cluster)) as cluster,
        pods.namespace,
        pods.workload_kind,
        pods.workload_name,
        pods.labels,
        pods.namespace_labels
    from pods

    union

    select
        {{ kubernetes_workload_id(
            'others.cluster', 'others.namespace', 'others.workload_kind', 'others.workload_name', 'others.labels'
        ) }} as workload_id,
        lower(trim(others.cluster)) as cluster,
        others.namespace,
        others.workload_kind,
        others.workload_name,
        coalesce(others.labels, labelled_workloads.labels) as labels,
        labelled_namespaces.namespace_labels
    from others
    left join labelled_workloads
        on
            others.cluster = labelled_workloads.cluster
            and others.namespace = labelled_workloads.namespace
            and others.workload_kind = labelled_workloads.workload_kind
            and others.workload_name = labelled_workloads.workload_name
    left join labelled_namespaces
        on
            others.cluster = labelled_namespaces.cluster
            and others.namespace = labelled_namespaces.namespace

),

clusters as (

    select cluster
    from names
    union
    select cluster
    from network

),

pseudonyms as (

    select '__idle__' as namespace
    union all
    select '__unclassified__' as namespace

),

nobody as (

    select
        clusters.cluster,
        pseudonyms.namespace
    from clusters
    cross join pseudonyms

),

every_workload as (

    select * from told
    union all
    select
        {{ kubernetes_workload_id('nobody.cluster', 'nobody.namespace') }} as workload_id,
        lower(trim(nobody.cluster)) as cluster,
        nobody.namespace,
        cast(null as {{ dbt.type_string() }}) as workload_kind,
        cast(null as {{ dbt.type_string() }}) as workload_name,
        cast(null as {{ dbt.type_string() }}) as labels,
        cast(null as {{ dbt.type_string() }}) as namespace_labels
    from nobody

),

-- a name that is spelled in two ways, or labels that two rows lend it, is one workload
final as (

    select
        workload_id,
        min(cluster) as cluster,
        min(namespace) as namespace,
        min(workload_kind) as workload_kind,
        min(workload_name) as workload_name,
        min(labels) as labels,
        min(namespace_labels) as namespace_labels
    from every_workload
    group by workload_id

)

select * from final

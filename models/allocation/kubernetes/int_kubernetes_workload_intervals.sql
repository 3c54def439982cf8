-- one row per source, month, day, hour (null where the feed tells days), node and workload: what feeds say it
-- requested, used and was limited to; one more, of no workload, for what they say of the node besides
-- Free of policy: a claim is there for each base that a cluster can be charged by. Read once per delivery.
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
-- depends_on: {{ ref('int_kubernetes_periods') }}
{{ config(
    materialized='partitioned',
    partition_by=['billing_period'],
    order_by=['source_id', 'usage_date', 'usage_hour', 'node_id', 'workload_id'],
    row_counts_from='allocation.int_kubernetes_periods',
    partitions_from='allocation.int_kubernetes_periods',
    scope_where='true',
) }}
{% set resources = ['cpu', 'memory', 'gpu'] -%}
{% set claims = ['request_claim', 'usage_claim', 'larger_claim'] -%}
-- what is read more than once is named where it is read: an engine holds a shared part of a query in memory, whole
with usage_of_nodes as (

    select *
    from {{ ref('int_kubernetes_usage') }}
    where namespace is null

),

usage_of_pods as (

    select *
    from {{ ref('int_kubernetes_usage') }}
    where namespace is not null

),

-- what feeds say of nodes alone
bare_nodes as (

    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        lower(trim(cluster)) as cluster,
        lower(trim(coalesce(provider_id, node))) as known_as,
        {% for resource in resources %}
            max(node_{{ resource }}_capacity) as {{ resource }}_capacity{{ ',' if not loop.last }}
        {% endfor %}
    from usage_of_nodes
    group by
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        lower(trim(cluster)),
        lower(trim(coalesce(provider_id, node)))

),

bare_days as (

    select distinct
        source_id,
        billing_period,
        usage_date,
        cluster,
        known_as
    from bare_nodes

),

-- a feed that tells pods and no capacity, such as OpenCost's, borrows it from a feed that tells nodes alone
borrowers as (

    select
        bare_days.source_id as lender_id,
        bare_days.billing_period,
        bare_days.usage_date,
        bare_days.cluster,
        bare_days.known_as,
        usage_of_pods.source_id,
        usage_of_pods.node,
        usage_of_pods.provider_id,
        max(usage_of_pods.usage_hour) is not null as is_by_hour
    from bare_days
    inner join usage_of_pods
        on
            bare_days.billing_period = usage_of_pods.billing_period
            and bare_days.usage_date = usage_of_pods.usage_date
            and bare_days.cluster = lower(trim(usage_of_pods.cluster))
            and bare_days.known_as = lower(trim(coalesce(usage_of_pods.provider_id, usage_of_pods.node)))
            and bare_days.source_id <> usage_of_pods.source_id
    group by
        bare_days.source_id,
        bare_days.billing_period,
        bare_days.usage_date,
        bare_days.cluster,
        bare_days.known_as,
        usage_of_pods.source_id,
        usage_of_pods.node,
        usage_of_pods.provider_id
    having
        max(usage_of_pods.node_cpu_capacity) is null
        and max(usage_of_pods.node_memory_capacity) is null

),

-- hours add up to a day; what is told by the day cannot be told by the hour
lent as (

    select
        borrowers.lender_id,
        borrowers.source_id,
        borrowers.billing_period,
        borrowers.usage_date,
        case when borrowers.is_by_hour then bare_nodes.usage_hour end as usage_hour,
        borrowers.cluster,
        borrowers.node,
        borrowers.provider_id,
        borrowers.known_as,
        {% for resource in resources %}
            sum(bare_nodes.{{ resource }}_capacity) as {{ resource }}_capacity{{ ',' if not loop.last }}
        {% endfor %}
    from borrowers
    inner join bare_nodes
        on
            borrowers.lender_id = bare_nodes.source_id
            and borrowers.billing_period = bare_nodes.billing_period
            and borrowers.usage_date = bare_nodes.usage_date
            and borrowers.cluster = bare_nodes.cluster
            and borrowers.known_as = bare_nodes.known_as
    where
        not borrowers.is_by_hour
        or bare_nodes.usage_hour is not null
    group by
        borrowers.lender_id,
        borrowers.source_id,
        borrowers.billing_period,
        borrowers.usage_date,
        case when borrowers.is_by_hour then bare_nodes.usage_hour end,
        borrowers.cluster,
        borrowers.node,
        borrowers.provider_id,
        borrowers.known_as

),

lent_days as (

    select distinct
        lender_id,
        billing_period,
        usage_date,
        cluster,
        known_as
    from lent

),

-- what is lent is told once
told as (

    select *
    from {{ ref('int_kubernetes_usage') }}
    where namespace is not null

    union all

    select usage_of_nodes.*
    from usage_of_nodes
    left join lent_days
        on
            usage_of_nodes.source_id = lent_days.lender_id
            and usage_of_nodes.billing_period = lent_days.billing_period
            and usage_of_nodes.usage_date = lent_days.usage_date
            and lower(trim(usage_of_nodes.cluster)) = lent_days.cluster
            and lower(trim(coalesce(usage_of_nodes.provider_id, usage_of_nodes.node))) = lent_days.known_as
    where lent_days.lender_id is null

),

-- a request that is not measured reserves nothing; where the use is not known, the reservation stands for it
measured as (

    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        {{ kubernetes_node_id('cluster', 'node', 'provider_id') }} as node_id,
        case
            when {{ is_kubernetes_workload('namespace') }}
                then {{ kubernetes_workload_id(
                    'cluster', 'namespace', 'workload_kind', 'workload_name', 'labels', 'namespace_labels'
                ) }}
        end as workload_id,
        hours,
        {% for resource in resources %}
            {{ resource }}_request,
            {{ resource }}_usage,
            {{ 'null' if resource == 'gpu' else resource ~ '_limit' }} as {{ resource }}_limit,
            coalesce({{ resource }}_request, 0) as {{ resource }}_request_claim,
            coalesce({{ resource }}_usage, {{ resource }}_request, 0) as {{ resource }}_usage_claim,
            greatest(
                coalesce({{ resource }}_request, {{ resource }}_usage, 0),
                coalesce({{ resource }}_usage, {{ resource }}_request, 0)
            ) as {{ resource }}_larger_claim,
            node_{{ resource }}_capacity as {{ resource }}_capacity{{ ',' if not loop.last }}
        {% endfor %}
    from told

    union all

    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        {{ kubernetes_node_id('cluster', 'node', 'provider_id') }} as node_id,
        cast(null as bigint) as workload_id,
        cast(null as decimal(38, 12)) as hours,
        {% for resource in resources %}
            cast(null as decimal(38, 12)) as {{ resource }}_request,
            cast(null as decimal(38, 12)) as {{ resource }}_usage,
            cast(null as decimal(38, 12)) as {{ resource }}_limit,
            {% for claim in claims %}
                cast(0 as decimal(38, 12)) as {{ resource }}_{{ claim }},
            {% endfor %}
            {{ resource }}_capacity{{ ',' if not loop.last }}
        {% endfor %}
    from lent

),

final as (

    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        node_id,
        workload_id,
        cast(sum(hours) as decimal(38, 12)) as hours,
        {% for resource in resources %}
            {% for measure in ['request', 'usage', 'limit'] %}
                cast(
                    sum(case when workload_id is not null then {{ resource }}_{{ measure }} end) as decimal(38, 12)
                ) as {{ resource }}_{{ measure }},
            {% endfor %}
            {% for claim in claims %}
                cast(
                    sum(case when workload_id is not null then {{ resource }}_{{ claim }} else 0 end) as decimal(38, 12)
                ) as {{ resource }}_{{ claim }},
            {% endfor %}
            max({{ resource }}_capacity) as {{ resource }}_capacity{{ ',' if not loop.last }}
        {% endfor %}
    from measured
    group by
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        node_id,
        workload_id

)

select * from final

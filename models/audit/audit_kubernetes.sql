-- one row per billing period, cluster and check: cost of nodes, and whether nodes and bill know each other; one more
-- for each node and day on which its cost does not add up, its feed contradicts itself, or two feeds tell it
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
{{ config(
    materialized='table_when',
    needed_when='select 1 from allocation.int_kubernetes_resources',
) }}
{% set resources = {'cpu': 'core hours', 'memory': 'GiB hours', 'gpu': 'GPU hours'} -%}
with run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

kubernetes_costs as (

    select * from {{ ref('fct_kubernetes_costs') }}

),

charges as (

    select * from {{ ref('int_charges') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

owners as (

    select * from {{ ref('int_charge_owners') }}

),

pools as (

    select * from {{ ref('pools') }}

),

node_usage as (

    select * from {{ ref('int_kubernetes_node_usage') }}

),

resources as (

    select * from {{ ref('int_kubernetes_resources') }}

),

billed_resources as (

    {{ kubernetes_billed_resources('identities', 'resources') }}

),

billed_nodes as (

    select distinct
        known_as,
        scope_key
    from billed_resources
    where role = 'node'

),

-- what a feed knows as a node, and what the rules put among nodes all the same
node_identities as (

    select
        identity_id,
        kubernetes_cluster as cluster
    from identities
    where kubernetes_role = 'node'
    union
    select
        owners.identity_id,
        coalesce(identities.kubernetes_cluster, owners.cluster) as cluster
    from owners
    inner join pools
        on
            lower(trim(owners.pool_id)) = lower(trim(pools.pool_id))
            and owners.pool_version = pools.pool_version
            and lower(trim(pools.driver_id)) = 'kubernetes_node_compute'
    inner join identities
        on owners.identity_id = identities.identity_id

),

node_charges as (

    select
        charges.billing_period,
        charges.source_id,
        coalesce(node_identities.cluster, 'no cluster that a feed knows') as cluster,
        identities.resource_id,
        charges.charge_date,
        charges.billing_currency,
        sum(charges.effective_cost) as effective_cost,
        sum(charges.billed_cost) as billed_cost
    from charges
    inner join node_identities
        on charges.identity_id = node_identities.identity_id
    inner join identities
        on charges.identity_id = identities.identity_id
    group by
        charges.billing_period,
        charges.source_id,
        coalesce(node_identities.cluster, 'no cluster that a feed knows'),
        identities.resource_id,
        charges.charge_date,
        charges.billing_currency

),

known_nodes as (

    select distinct identity_id
    from node_identities

),

node_shares as (

    select
        kubernetes_costs.billing_period,
        kubernetes_costs.source_id,
        kubernetes_costs.resource_id,
        kubernetes_costs.charge_date,
        kubernetes_costs.billing_currency,
        sum(kubernetes_costs.effective_cost) as effective_cost,
        sum(kubernetes_costs.billed_cost) as billed_cost
    from kubernetes_costs
    inner join run_scope
        on kubernetes_costs.billing_period = run_scope.billing_period
    inner join known_nodes
        on kubernetes_costs.identity_id = known_nodes.identity_id
    group by
        kubernetes_costs.billing_period,
        kubernetes_costs.source_id,
        kubernetes_costs.resource_id,
        kubernetes_costs.charge_date,
        kubernetes_costs.billing_currency

),

node_days as (

    select
        node_charges.billing_period,
        node_charges.cluster,
        node_charges.resource_id,
        node_charges.charge_date,
        node_charges.billing_currency,
        node_charges.effective_cost as expected_effective_cost,
        coalesce(node_shares.effective_cost, 0) as actual_effective_cost,
        node_charges.billed_cost as expected_billed_cost,
        coalesce(node_shares.billed_cost, 0) as actual_billed_cost
    from node_charges
    left join node_shares
        on
            node_charges.billing_period = node_shares.billing_period
            and node_charges.source_id = node_shares.source_id
            and coalesce(node_charges.resource_id, '') = coalesce(node_shares.resource_id, '')
            and node_charges.charge_date = node_shares.charge_date
            and node_charges.billing_currency = node_shares.billing_currency

),

costs_of_nodes as (

    {% for metric in ['effective_cost', 'billed_cost'] %}
        {{ 'union all' if not loop.first }}
        select
            billing_period,
            'node_cost' as check_id,
            'critical' as severity,
            cluster,
            cast(null as {{ dbt.type_string() }}) as node,
            'cluster ' || cluster || ' ' || billing_period || ', {{ metric | replace('_', ' ') }} of nodes in '
            || billing_currency || ' to namespaces and idle' as subject,
            billing_currency,
            sum(expected_{{ metric }}) as expected,
            sum(actual_{{ metric }}) as actual
        from node_days
        group by
            billing_period,
            cluster,
            billing_currency

        union all

        select
            billing_period,
            'node_cost' as check_id,
            'critical' as severity,
            cluster,
            resource_id as node,
            'cluster ' || cluster || ', node ' || coalesce(resource_id, 'without an id') || ' on '
            || cast(charge_date as {{ dbt.type_string() }}) || ', {{ metric | replace('_', ' ') }} in '
            || billing_currency || ' to namespaces and idle' as subject,
            billing_currency,
            expected_{{ metric }} as expected,
            actual_{{ metric }} as actual
        from node_days
        where expected_{{ metric }} <> actual_{{ metric }}
    {% endfor %}

),

idle_rows as (

    select
        substr(cast(node_usage.usage_date as {{ dbt.type_string() }}), 1, 7) as billing_period,
        node_usage.*
    from node_usage
    where node_usage.is_idle

),

-- more taken than there is: idle below zero
contradictions as (

    {% for resource, unit in resources.items() %}
        {{ 'union all' if not loop.first }}
        select
            idle_rows.billing_period,
            'negative_idle' as check_id,
            'critical' as severity,
            idle_rows.cluster,
            idle_rows.node,
            'cluster ' || idle_rows.cluster || ', node ' || coalesce(idle_rows.node, idle_rows.known_as, 'unnamed')
            || ' on ' || cast(idle_rows.usage_date as {{ dbt.type_string() }})
            || ', {{ unit }} requested or used of its capacity: idle would be negative, so the feed contradicts itself'
                as subject,
            cast(null as {{ dbt.type_string() }}) as billing_currency,
            sum(idle_rows.{{ resource }}_exceeded_capacity) as expected,
            sum(idle_rows.{{ resource }}_exceeding) as actual
        from idle_rows
        inner join run_scope
            on idle_rows.billing_period = run_scope.billing_period
        where idle_rows.{{ resource }}_exceeding is not null
        group by
            idle_rows.billing_period,
            idle_rows.cluster,
            idle_rows.node,
            idle_rows.known_as,
            idle_rows.usage_date
    {% endfor %}

),

-- feeds may name one machine in two ways: what counts is the resource that is billed
told_sources as (

    select
        idle_rows.billing_period,
        idle_rows.source_id,
        coalesce(billed_nodes.scope_key, idle_rows.known_as, idle_rows.node) as node,
        idle_rows.usage_date,
        min(idle_rows.cluster) as cluster
    from idle_rows
    left join billed_nodes
        on idle_rows.known_as = billed_nodes.known_as
    group by
        idle_rows.billing_period,
        idle_rows.source_id,
        coalesce(billed_nodes.scope_key, idle_rows.known_as, idle_rows.node),
        idle_rows.usage_date

),

sources_of_nodes as (

    select
        told_sources.billing_period,
        'one_feed' as check_id,
        'critical' as severity,
        min(told_sources.cluster) as cluster,
        told_sources.node,
        'cluster ' || min(told_sources.cluster) || ', node ' || told_sources.node || ' on '
        || cast(told_sources.usage_date as {{ dbt.type_string() }}) || ', sources that tell its usage; keep one of '
        || {{ text_agg('told_sources.source_id', ', ', 'told_sources.source_id') }} as subject,
        cast(null as {{ dbt.type_string() }}) as billing_currency,
        1 as expected,
        count(*) as actual
    from told_sources
    inner join run_scope
        on told_sources.billing_period = run_scope.billing_period
    group by
        told_sources.billing_period,
        told_sources.node,
        told_sources.usage_date
    having count(*) > 1

),

billed_node_days as (

    select distinct
        billing_period,
        cluster,
        lower(trim(resource_id)) as scope_key,
        charge_date
    from node_charges

),

told_node_days as (

    select distinct
        idle_rows.billing_period,
        idle_rows.cluster,
        idle_rows.known_as,
        billed_nodes.scope_key,
        idle_rows.usage_date
    from idle_rows
    inner join run_scope
        on idle_rows.billing_period = run_scope.billing_period
    left join billed_nodes
        on idle_rows.known_as = billed_nodes.known_as

),

-- how many nodes and days are known to both sides
joined_nodes as (

    select
        told_node_days.billing_period,
        'nodes_are_billed' as check_id,
        'warning' as severity,
        told_node_days.cluster,
        cast(null as {{ dbt.type_string() }}) as node,
        'cluster ' || told_node_days.cluster || ' ' || told_node_days.billing_period
        || ', days of nodes in usage feeds that the bill has too' as subject,
        cast(null as {{ dbt.type_string() }}) as billing_currency,
        count(distinct told_node_days.known_as || ' ' || cast(told_node_days.usage_date as {{ dbt.type_string() }}))
            as expected,
        count(distinct case
            when billed_node_days.scope_key is not null
                then
                    told_node_days.known_as || ' '
                    || cast(told_node_days.usage_date as {{ dbt.type_string() }})
        end) as actual
    from told_node_days
    left join billed_node_days
        on
            told_node_days.scope_key = billed_node_days.scope_key
            and told_node_days.usage_date = billed_node_days.charge_date
    group by
        told_node_days.billing_period,
        told_node_days.cluster

    union all

    select
        billed_node_days.billing_period,
        'nodes_are_measured' as check_id,
        'warning' as severity,
        billed_node_days.cluster,
        cast(null as {{ dbt.type_string() }}) as node,
        'cluster ' || billed_node_days.cluster || ' ' || billed_node_days.billing_period
        || ', days of nodes in the bill that usage feeds have too' as subject,
        cast(null as {{ dbt.type_string() }}) as billing_currency,
        count(distinct
            billed_node_days.scope_key || ' ' || cast(billed_node_days.charge_date as {{ dbt.type_string() }})
        ) as expected,
        count(distinct case
            when told_node_days.scope_key is not null
                then
                    billed_node_days.scope_key || ' '
                    || cast(billed_node_days.charge_date as {{ dbt.type_string() }})
        end) as actual
    from billed_node_days
    left join told_node_days
        on
            billed_node_days.scope_key = told_node_days.scope_key
            and billed_node_days.charge_date = told_node_days.usage_date
    group by
        billed_node_days.billing_period,
        billed_node_days.cluster

),

checked as (

    {% for found in ['costs_of_nodes', 'contradictions', 'sources_of_nodes', 'joined_nodes'] %}
        {{ 'union all' if not loop.first }}
        select
            billing_period,
            check_id,
            severity,
            cluster,
            node,
            subject,
            billing_currency,
            cast(expected as decimal(38, 12)) as expected,
            cast(actual as decimal(38, 12)) as actual
        from {{ found }}
    {% endfor %}

),

final as (

    select
        billing_period,
        subject,
        check_id,
        severity,
        cluster,
        node,
        billing_currency,
        expected,
        actual,
        cast(actual - expected as decimal(38, 12)) as difference
    from checked

)

select * from final

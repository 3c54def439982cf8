-- one row per billing period, source, charge day, identity, domain, pool, pool it was handed to, consumer and reason:
-- the cost of Kubernetes clusters by who uses it and who bears it
{{ config(
    partition_by=['billing_period'],
    order_by=[
        'source_id', 'charge_date', 'identity_id', 'domain_id', 'pool_id', 'via_pool_id', 'consumer_id', 'method_id',
        'allocation_method', 'reason', 'billing_currency',
    ],
) }}
-- what is read more than once is named where it is read: an engine holds a shared part of a query in memory, whole
with run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

shares as (

    select * from {{ ref('allocation_shares') }}

),

-- reports of other periods stand: their shares are not read again
consumer_shares as (

    select *
    from {{ ref('fct_consumer_shares') }}
    where billing_period in (select run_scope.billing_period from run_scope)

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

consumers as (

    select * from {{ ref('int_kubernetes_consumers') }}

),

usage_shares as (

    select
        share_id,
        billing_period
    from shares
    where lower(trim(driver_id)) like 'kubernetes%'

),

-- what is a part of a cluster, however it is borne ...
cluster_costs as (

    select
        allocated_costs.*,
        identities.kubernetes_cluster as cluster,
        identities.kubernetes_role,
        identities.resource_id
    from {{ ref('fct_allocated_costs') }} as allocated_costs
    inner join run_scope
        on allocated_costs.billing_period = run_scope.billing_period
    inner join identities
        on allocated_costs.identity_id = identities.identity_id
    where identities.kubernetes_role is not null

),

-- ... and whatever else is divided by what workloads use, such as a gateway
shared_costs as (

    select
        allocated_costs.*,
        identities.kubernetes_cluster as cluster,
        identities.kubernetes_role,
        identities.resource_id
    from {{ ref('fct_allocated_costs') }} as allocated_costs
    inner join run_scope
        on allocated_costs.billing_period = run_scope.billing_period
    inner join usage_shares
        on
            allocated_costs.billing_period = usage_shares.billing_period
            and allocated_costs.share_id = usage_shares.share_id
    inner join identities
        on allocated_costs.identity_id = identities.identity_id
    where identities.kubernetes_role is null

),

ledger as (

    select * from cluster_costs
    union all
    select * from shared_costs

),

{% set columns = [
    'billing_period', 'source_id', 'charge_date', 'identity_id', 'domain_id', 'pool_id', 'pool_version', 'rule_id',
    'attribution_method', 'allocation_method', 'reason', 'share_id', 'billing_currency', 'cluster', 'kubernetes_role',
    'resource_id',
] -%}
costs as (

    {{ consumer_costs('ledger', 'consumer_shares', columns) }}

),

consumer_names as (

    select distinct
        consumer_id,
        cluster,
        namespace,
        workload_kind,
        workload_name,
        labels
    from consumers

),

-- hours of a day are added up
final as (

    select
        costs.billing_period,
        costs.source_id,
        costs.charge_date,
        costs.identity_id,
        coalesce(costs.cluster, consumer_names.cluster) as cluster,
        costs.kubernetes_role,
        costs.resource_id,
        costs.consumer_id,
        consumer_names.namespace,
        consumer_names.workload_kind,
        consumer_names.workload_name,
        consumer_names.labels,
        costs.domain_id,
        costs.pool_id,
        costs.pool_version,
        costs.via_pool_id,
        costs.rule_id,
        costs.attribution_method,
        costs.allocation_method,
        coalesce(all_shares.method_id, upper(costs.attribution_method)) as method_id,
        costs.reason,
        costs.billing_currency,
        sum(costs.billed_cost) as billed_cost,
        sum(costs.effective_cost) as effective_cost,
        sum(costs.list_cost) as list_cost,
        sum(costs.contracted_cost) as contracted_cost
    from costs
    left join consumer_names
        on costs.consumer_id = consumer_names.consumer_id
    left join shares as all_shares
        on
            costs.billing_period = all_shares.billing_period
            and costs.share_id = all_shares.share_id
    group by
        costs.billing_period,
        costs.source_id,
        costs.charge_date,
        costs.identity_id,
        coalesce(costs.cluster, consumer_names.cluster),
        costs.kubernetes_role,
        costs.resource_id,
        costs.consumer_id,
        consumer_names.namespace,
        consumer_names.workload_kind,
        consumer_names.workload_name,
        consumer_names.labels,
        costs.domain_id,
        costs.pool_id,
        costs.pool_version,
        costs.via_pool_id,
        costs.rule_id,
        costs.attribution_method,
        costs.allocation_method,
        coalesce(all_shares.method_id, upper(costs.attribution_method)),
        costs.reason,
        costs.billing_currency

)

select * from final

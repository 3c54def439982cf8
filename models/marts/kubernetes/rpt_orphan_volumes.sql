-- one row per billing period, volume that no claim holds on a day with charges, its last claim, domain that bears it
-- and billing currency
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['cluster', 'resource_id', 'domain_id', 'last_claimed_on', 'claim', 'namespace', 'billing_currency'],
) }}
with costs as (

    select * from {{ ref('fct_kubernetes_costs') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

holders as (

    select * from {{ ref('int_kubernetes_volume_holders') }}

),

workloads as (

    select * from {{ ref('int_kubernetes_workloads') }}

),

clusters as (

    select * from {{ ref('kubernetes_clusters') }}

),

orphans as (

    select
        holders.scope_key,
        holders.charge_date,
        holders.cluster,
        workloads.namespace,
        min(holders.claim) as claim,
        max(holders.last_claimed_on) as last_claimed_on,
        max(coalesce(clusters.volume_orphan_days, 30)) as volume_orphan_days
    from holders
    inner join workloads
        on holders.workload_id = workloads.workload_id
    left join clusters
        on
            holders.cluster = lower(trim(clusters.cluster))
            and {{ in_force('holders.charge_date', 'clusters') }}
    where holders.is_orphan
    group by
        holders.scope_key,
        holders.charge_date,
        holders.cluster,
        workloads.namespace

),

totals as (

    select
        costs.billing_period,
        orphans.cluster,
        costs.resource_id,
        orphans.claim,
        costs.namespace,
        costs.domain_id,
        orphans.last_claimed_on,
        max(costs.charge_date) as last_charge_date,
        max(orphans.volume_orphan_days) as volume_orphan_days,
        costs.billing_currency,
        sum(costs.billed_cost) as billed_cost,
        sum(costs.effective_cost) as effective_cost
    from costs
    inner join run_scope
        on costs.billing_period = run_scope.billing_period
    inner join orphans
        on
            lower(trim(costs.resource_id)) = orphans.scope_key
            and costs.charge_date = orphans.charge_date
            and costs.namespace = orphans.namespace
    where costs.kubernetes_role = 'volume'
    group by
        costs.billing_period,
        orphans.cluster,
        costs.resource_id,
        orphans.claim,
        costs.namespace,
        costs.domain_id,
        orphans.last_claimed_on,
        costs.billing_currency

),

dated as (

    select
        totals.*,
        cast({{ dbt.dateadd('day', 'totals.volume_orphan_days', 'totals.last_claimed_on') }} as date) as due_on
    from totals

),

final as (

    select
        billing_period,
        cluster,
        resource_id,
        claim,
        namespace,
        domain_id,
        last_claimed_on,
        last_charge_date,
        {{ dbt.datediff('last_claimed_on', 'last_charge_date', 'day') }} as orphan_days,  -- noqa: LT05
        due_on,
        last_charge_date >= due_on as is_due,
        billing_currency,
        billed_cost,
        effective_cost
    from dated

)

select * from final

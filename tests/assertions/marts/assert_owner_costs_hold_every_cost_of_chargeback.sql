-- what owners bear, by what it is for, and the bridge over it add up to their chargeback, direct and shared, exactly
with run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

charged as (

    select
        billing_period,
        domain_id,
        billing_currency,
        sum(direct_effective_cost) as direct_cost,
        sum(shared_effective_cost) as shared_cost
    from {{ ref('fct_chargeback') }}
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        domain_id,
        billing_currency

),

listed as (

    select
        billing_period,
        domain_id,
        billing_currency,
        sum(case when pool_id is null then effective_cost else 0 end) as direct_cost,
        sum(case when pool_id is null then 0 else effective_cost end) as shared_cost
    from {{ ref('fct_owner_costs') }}
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        domain_id,
        billing_currency

),

-- an owner of the month before that bears nothing now is in the bridge only
bridged as (

    select
        billing_period,
        domain_id,
        billing_currency,
        sum(case when pool_id is null then effective_cost else 0 end) as direct_cost,
        sum(case when pool_id is null then 0 else effective_cost end) as shared_cost
    from {{ ref('rpt_variance_bridge') }}
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        domain_id,
        billing_currency

)

select
    coalesce(charged.billing_period, listed.billing_period, bridged.billing_period) as billing_period,
    coalesce(charged.domain_id, listed.domain_id, bridged.domain_id) as domain_id,
    coalesce(charged.billing_currency, listed.billing_currency, bridged.billing_currency) as billing_currency,
    charged.direct_cost,
    listed.direct_cost as listed_direct_cost,
    bridged.direct_cost as bridged_direct_cost,
    charged.shared_cost,
    listed.shared_cost as listed_shared_cost,
    bridged.shared_cost as bridged_shared_cost
from charged
full outer join listed
    on
        charged.billing_period = listed.billing_period
        and charged.domain_id = listed.domain_id
        and charged.billing_currency = listed.billing_currency
full outer join bridged
    on
        coalesce(charged.billing_period, listed.billing_period) = bridged.billing_period
        and coalesce(charged.domain_id, listed.domain_id) = bridged.domain_id
        and coalesce(charged.billing_currency, listed.billing_currency) = bridged.billing_currency
where
    coalesce(charged.direct_cost, 0) <> coalesce(listed.direct_cost, 0)
    or coalesce(charged.shared_cost, 0) <> coalesce(listed.shared_cost, 0)
    or coalesce(charged.direct_cost, 0) <> coalesce(bridged.direct_cost, 0)
    or coalesce(charged.shared_cost, 0) <> coalesce(bridged.shared_cost, 0)

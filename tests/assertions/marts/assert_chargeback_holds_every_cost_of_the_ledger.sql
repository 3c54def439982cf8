-- Catches an owner whose cost changes between ledger and statement, though the totals may agree: a domain version
-- matched twice or not at all. It does not prove that the owner is the right one.
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

ledger as (

    select
        billing_period,
        domain_id,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost
    from {{ ref('fct_allocated_costs') }}
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        domain_id,
        billing_currency

),

chargeback as (

    select
        billing_period,
        domain_id,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost,
        sum(direct_effective_cost + shared_effective_cost) as direct_and_shared_cost
    from {{ ref('fct_chargeback') }}
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        domain_id,
        billing_currency

)

select
    coalesce(ledger.billing_period, chargeback.billing_period) as billing_period,
    coalesce(ledger.domain_id, chargeback.domain_id) as domain_id,
    coalesce(ledger.billing_currency, chargeback.billing_currency) as billing_currency,
    ledger.effective_cost as ledger_effective_cost,
    chargeback.effective_cost as chargeback_effective_cost,
    chargeback.direct_and_shared_cost
from ledger
full outer join chargeback
    on
        ledger.billing_period = chargeback.billing_period
        and ledger.domain_id = chargeback.domain_id
        and ledger.billing_currency = chargeback.billing_currency
where
    coalesce(chargeback.direct_and_shared_cost, 0) <> coalesce(ledger.effective_cost, 0)
    or coalesce(ledger.billed_cost, 0) <> coalesce(chargeback.billed_cost, 0)
    or coalesce(ledger.effective_cost, 0) <> coalesce(chargeback.effective_cost, 0)
    or coalesce(ledger.list_cost, 0) <> coalesce(chargeback.list_cost, 0)
    or coalesce(ledger.contracted_cost, 0) <> coalesce(chargeback.contracted_cost, 0)

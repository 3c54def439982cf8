-- Catches cost that reaches one of the two views of the ledger and not the other: a domain that the tree does not know
-- and a join dropped, an identity that a join doubled. It does not prove the ledger itself (see the allocation tests).
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

finance_tree as (

    select
        billing_period,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost
    from {{ ref('fct_chargeback') }}
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        billing_currency

),

engineering_tree as (

    select
        billing_period,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost
    from {{ ref('fct_engineering_costs') }}
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        billing_currency

)

select
    coalesce(finance_tree.billing_period, engineering_tree.billing_period) as billing_period,
    coalesce(finance_tree.billing_currency, engineering_tree.billing_currency) as billing_currency,
    finance_tree.effective_cost as finance_effective_cost,
    engineering_tree.effective_cost as engineering_effective_cost
from finance_tree
full outer join engineering_tree
    on
        finance_tree.billing_period = engineering_tree.billing_period
        and finance_tree.billing_currency = engineering_tree.billing_currency
where
    coalesce(finance_tree.billed_cost, 0) <> coalesce(engineering_tree.billed_cost, 0)
    or coalesce(finance_tree.effective_cost, 0) <> coalesce(engineering_tree.effective_cost, 0)
    or coalesce(finance_tree.list_cost, 0) <> coalesce(engineering_tree.list_cost, 0)
    or coalesce(finance_tree.contracted_cost, 0) <> coalesce(engineering_tree.contracted_cost, 0)

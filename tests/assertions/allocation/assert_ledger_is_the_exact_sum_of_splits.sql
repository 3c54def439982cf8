-- Catches: a ledger built from other splits than those now published (a partition rebuilt alone), a grouping column
-- that differs within a charge's day, identity and owner, a sum that left a type's range.
-- Is not: a check of the splits themselves (assert_no_charge_is_lost_between_focus_and_ledger).
with splits as (

    select * from {{ ref('fct_charge_splits') }}

),

ledger as (

    select * from {{ ref('fct_allocated_costs') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

both_sides as (

    select
        billing_period,
        source_id,
        charge_date,
        domain_id,
        billing_currency,
        sum(billed_cost) as billed_cost,
        cast(null as decimal(38, 12)) as ledger_billed_cost,
        sum(effective_cost) as effective_cost,
        cast(null as decimal(38, 12)) as ledger_effective_cost,
        sum(list_cost) as list_cost,
        cast(null as decimal(38, 12)) as ledger_list_cost,
        sum(contracted_cost) as contracted_cost,
        cast(null as decimal(38, 12)) as ledger_contracted_cost,
        count(*) as split_count,
        cast(null as bigint) as ledger_count
    from splits
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        source_id,
        charge_date,
        domain_id,
        billing_currency
    union all
    select
        billing_period,
        source_id,
        charge_date,
        domain_id,
        billing_currency,
        cast(null as decimal(38, 12)) as billed_cost,
        sum(billed_cost) as ledger_billed_cost,
        cast(null as decimal(38, 12)) as effective_cost,
        sum(effective_cost) as ledger_effective_cost,
        cast(null as decimal(38, 12)) as list_cost,
        sum(list_cost) as ledger_list_cost,
        cast(null as decimal(38, 12)) as contracted_cost,
        sum(contracted_cost) as ledger_contracted_cost,
        cast(null as bigint) as split_count,
        sum(charge_count) as ledger_count
    from ledger
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        source_id,
        charge_date,
        domain_id,
        billing_currency

),

compared as (

    select
        billing_period,
        source_id,
        charge_date,
        domain_id,
        billing_currency,
        max(billed_cost) as billed_cost,
        max(ledger_billed_cost) as ledger_billed_cost,
        max(effective_cost) as effective_cost,
        max(ledger_effective_cost) as ledger_effective_cost,
        max(list_cost) as list_cost,
        max(ledger_list_cost) as ledger_list_cost,
        max(contracted_cost) as contracted_cost,
        max(ledger_contracted_cost) as ledger_contracted_cost,
        max(split_count) as split_count,
        max(ledger_count) as ledger_count
    from both_sides
    group by
        billing_period,
        source_id,
        charge_date,
        domain_id,
        billing_currency

)

select * from compared
where
    split_count is distinct from ledger_count
    or billed_cost is distinct from ledger_billed_cost
    or effective_cost is distinct from ledger_effective_cost
    or list_cost is distinct from ledger_list_cost
    or contracted_cost is distinct from ledger_contracted_cost

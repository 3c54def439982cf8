-- Catches: two errors on different charges that cancel out in every total, and so pass the comparison of sums.
-- Is not: needed for charges with one owner, whose row carries the charge's own figures.
with charges as (

    select * from {{ ref('int_charges') }}

),

splits as (

    select * from {{ ref('fct_charge_splits') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

parts as (

    select
        source_id,
        billing_period,
        charge_id,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost
    from splits
    where
        share_id is not null
        and billing_period in (select run_scope.billing_period from run_scope)
    group by
        source_id,
        billing_period,
        charge_id

)

select
    parts.source_id,
    parts.billing_period,
    parts.charge_id
from parts
left join charges
    on
        parts.source_id = charges.source_id
        and parts.billing_period = charges.billing_period
        and parts.charge_id = charges.charge_id
where
    charges.charge_id is null
    or parts.billed_cost is distinct from charges.billed_cost
    or parts.effective_cost is distinct from charges.effective_cost
    or parts.list_cost is distinct from charges.list_cost
    or parts.contracted_cost is distinct from charges.contracted_cost

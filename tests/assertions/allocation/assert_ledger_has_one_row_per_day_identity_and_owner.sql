-- Catches: a label (rule, pool version, reason) that differs between charges of the same identity, day and owner,
-- which would make one ledger line two. An owner may have several shares: of each hour, or one of its own and what
-- caps leave. Is not: a check of amounts.
with ledger as (

    select * from {{ ref('fct_allocated_costs') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

)

select
    billing_period,
    source_id,
    charge_date,
    identity_id,
    domain_id,
    share_id,
    count(*) as row_count
from ledger
where billing_period in (select run_scope.billing_period from run_scope)
group by
    billing_period,
    source_id,
    charge_date,
    identity_id,
    domain_id,
    share_id
having count(*) > 1

-- Catches: a split whose share row is not published, so that AllocatedMethodId would be null on an allocated charge;
-- FOCUS 1.4 wants it on each allocated charge and on no other.
-- Is not: a check of the view's amounts, which are the splits'.
with splits as (

    select * from {{ ref('fct_charge_splits') }}

),

shares as (

    select * from {{ ref('fct_allocation_shares') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

used_shares as (

    select
        billing_period,
        share_id,
        max(allocation_method) as allocation_method,
        count(*) as split_count
    from splits
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        share_id

)

select
    used_shares.billing_period,
    used_shares.share_id,
    used_shares.split_count
from used_shares
left join shares
    on
        used_shares.billing_period = shares.billing_period
        and used_shares.share_id = shares.share_id
where
    (used_shares.share_id is null) <> (used_shares.allocation_method is null)
    or (used_shares.share_id is not null and shares.method_id is null)

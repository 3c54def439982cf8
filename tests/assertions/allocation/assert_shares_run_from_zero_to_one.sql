-- Catches: a target left out of the running share or counted twice, a bound worked out in two ways that differ in the
-- last bit, a pool that goes nowhere: each leaves a gap, an overlap, or an end other than 0 and 1, and money with it.
-- Is not: a check that the shares are fair, or that the driver is right.
with memberships as (

    select * from {{ ref('pool_membership') }}

),

shares as (

    select * from {{ ref('allocation_shares') }}

),

neighbours as (

    select
        membership_id,
        share_from,
        share_to,
        coalesce(lag(share_to) over (partition by membership_id order by share_from), 0) as expected_from,
        lead(share_from, 1, 1.0) over (partition by membership_id order by share_from) as expected_to
    from shares

)

select
    memberships.pool_id,
    memberships.pool_version,
    memberships.scope_key,
    memberships.billing_period,
    memberships.window_start,
    neighbours.share_from,
    neighbours.expected_from,
    neighbours.share_to,
    neighbours.expected_to
from memberships
left join neighbours
    on memberships.membership_id = neighbours.membership_id
where
    memberships.has_charges
    and memberships.attempt = 0
    and (
        neighbours.membership_id is null
        or neighbours.share_from <> neighbours.expected_from
        or neighbours.share_to <> neighbours.expected_to
        or neighbours.share_from >= neighbours.share_to
    )

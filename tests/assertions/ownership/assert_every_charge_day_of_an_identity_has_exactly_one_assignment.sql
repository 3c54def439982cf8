-- Catches: segments of an identity that overlap (a charge would be owned twice), leave a gap (a charge would be lost),
-- or do not reach from its first to its last charge.
-- Not: whether the owner is the right one; the unit tests and the comparison with the sample's truth show that.
with identities as (

    select * from {{ ref('dim_charge_identities') }}

),

assignments as (

    select * from {{ ref('int_identity_assignments') }}

),

in_order as (

    select
        identity_id,
        segment_from,
        segment_to,
        lead(segment_from) over (partition by identity_id order by segment_from, segment_to) as next_from
    from assignments

),

covered as (

    select
        identity_id,
        min(segment_from) as covered_from,
        max(segment_to) as covered_to,
        max(case when segment_to <= segment_from or segment_to <> next_from then 1 else 0 end) as is_broken
    from in_order
    group by identity_id

)

select
    identities.identity_id,
    identities.first_charge_date,
    identities.end_charge_date,
    covered.covered_from,
    covered.covered_to,
    covered.is_broken
from identities
left join covered
    on identities.identity_id = covered.identity_id
where
    covered.identity_id is null
    or covered.is_broken = 1
    or covered.covered_from <> identities.first_charge_date
    or covered.covered_to <> identities.end_charge_date

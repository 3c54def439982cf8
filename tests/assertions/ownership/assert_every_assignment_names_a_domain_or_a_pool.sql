-- Catches: assignments with neither a domain nor a pool, or with both; owners without the rule that made them
-- owners, and unallocated ones without a reason.
-- Not: whether the domain or pool exists; see assert_every_owner_is_in_force_throughout_its_assignment.
with assignments as (

    select * from {{ ref('int_identity_assignments') }}

)

select
    identity_id,
    segment_from,
    domain_id,
    pool_id,
    rule_id,
    attribution_method,
    reason
from assignments
where
    (domain_id is null and pool_id is null)
    or (domain_id is not null and pool_id is not null)
    or (domain_id = 'unallocated' and (reason is null or rule_id is not null or attribution_method <> 'none'))
    or (coalesce(domain_id, '') <> 'unallocated' and (reason is not null or rule_id is null or rule_version is null))

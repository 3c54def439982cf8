-- Catches: cost given to a domain or pool on a day on which it does not exist (yet, or any more), and ids that are
-- spelled unlike the domain's or pool's own, which later joins would lose.
-- Not: rules that name what does not exist; those are refused when the policy is loaded.
with assignments as (

    select * from {{ ref('int_identity_assignments') }}

),

cost_domains as (

    select * from {{ ref('cost_domains') }}

),

pools as (

    select * from {{ ref('pools') }}

)

select
    assignments.identity_id,
    assignments.segment_from,
    assignments.segment_to,
    assignments.domain_id,
    assignments.pool_id
from assignments
left join cost_domains
    on
        assignments.domain_id = cost_domains.domain_id
        and assignments.segment_from >= cost_domains.valid_from
        and assignments.segment_to <= cost_domains.valid_to
left join pools
    on
        assignments.pool_id = pools.pool_id
        and assignments.segment_from >= pools.valid_from
        and assignments.segment_to <= pools.valid_to
where
    cost_domains.domain_id is null
    and pools.pool_id is null
    and coalesce(assignments.domain_id, '') <> 'unallocated'

-- Catches: an owner other than the claim of the lowest precedence that leads to one, on any day.
-- Not: claims that were never made; a rule that should have matched and did not is for the unit tests of its kind.
with assignments as (

    select * from {{ ref('int_identity_assignments') }}

),

claims as (

    select * from {{ ref('int_ownership_claims') }}

)

select
    assignments.identity_id,
    assignments.segment_from,
    assignments.rule_id as winner,
    claims.rule_id as loser,
    claims.precedence as loser_precedence
from assignments
inner join claims as winners
    on
        assignments.identity_id = winners.identity_id
        and assignments.rule_id = winners.rule_id
        and assignments.rule_version = winners.rule_version
        and assignments.segment_from < winners.claim_to
        and assignments.segment_to > winners.claim_from
inner join claims
    on
        assignments.identity_id = claims.identity_id
        and assignments.segment_from < claims.claim_to
        and assignments.segment_to > claims.claim_from
        and winners.precedence > claims.precedence
where claims.reason is null

-- one row per identity and segment of its charge days: who owns it, or the pool it goes to
with segments as (

    select * from {{ ref('int_identity_segments') }}

),

candidates as (

    select * from {{ ref('int_ownership_candidates') }}

),

first_candidates as (

    select
        identity_id,
        segment_from,
        rule_id,
        rule_version,
        kind,
        domain_id,
        pool_id,
        evidence,
        reason,
        reason is null as is_owner
    from candidates
    where candidate_rank = 1

),

final as (

    select
        segments.identity_id,
        segments.segment_from,
        segments.segment_to,
        case when first_candidates.is_owner then first_candidates.domain_id else 'unallocated' end as domain_id,
        case when first_candidates.is_owner then first_candidates.pool_id end as pool_id,
        case when first_candidates.is_owner then first_candidates.rule_id end as rule_id,
        case when first_candidates.is_owner then first_candidates.rule_version end as rule_version,
        case when first_candidates.is_owner then first_candidates.kind else 'none' end as attribution_method,
        first_candidates.evidence,
        case
            when first_candidates.rule_id is not null then first_candidates.reason
            when segments.is_tagged then 'no_rule_matched'
            else 'untagged'
        end as reason
    from segments
    left join first_candidates
        on
            segments.identity_id = first_candidates.identity_id
            and segments.segment_from = first_candidates.segment_from

)

select * from final

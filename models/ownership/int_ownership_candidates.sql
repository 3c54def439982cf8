-- one row per identity, segment and claim on it: the winner, and the losers as evidence
with claims as (

    select * from {{ ref('int_ownership_claims') }}

),

segments as (

    select * from {{ ref('int_identity_segments') }}

),

-- a claim that leads nowhere never wins, whatever its precedence
final as (

    select
        segments.identity_id,
        segments.segment_from,
        segments.segment_to,
        claims.rule_id,
        claims.rule_version,
        claims.kind,
        claims.precedence,
        claims.domain_id,
        claims.pool_id,
        claims.evidence,
        claims.reason,
        row_number() over (
            partition by segments.identity_id, segments.segment_from
            order by
                case when claims.reason is null then 0 else 1 end,
                claims.precedence,
                claims.rule_id,
                claims.rule_version,
                claims.search_order,
                claims.evidence
        ) as candidate_rank
    from segments
    inner join claims
        on
            segments.identity_id = claims.identity_id
            and segments.segment_from >= claims.claim_from
            and segments.segment_from < claims.claim_to

)

select * from final

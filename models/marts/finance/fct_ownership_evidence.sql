-- one row per billing period, identity, span of days and claim on it: the winner (rank 1, no reason) and the losers
{{ config(
    partition_by=['billing_period'],
    order_by=['identity_id', 'segment_from', 'candidate_rank'],
) }}
with candidates as (

    select * from {{ ref('int_ownership_candidates') }}

),

period_identities as (

    select * from {{ ref('int_period_identities') }}

),

final as (

    select
        period_identities.billing_period,
        candidates.identity_id,
        candidates.segment_from,
        candidates.segment_to,
        cast(candidates.candidate_rank as integer) as candidate_rank,
        candidates.rule_id,
        candidates.rule_version,
        candidates.kind,
        candidates.precedence,
        candidates.domain_id,
        candidates.pool_id,
        candidates.evidence,
        candidates.reason
    from candidates
    inner join period_identities
        on candidates.identity_id = period_identities.identity_id

)

select * from final

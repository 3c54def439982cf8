-- one row per identity and span of its charge days within which the claims on it stay the same
with identities as (

    select * from {{ ref('dim_charge_identities') }}

),

claims as (

    select * from {{ ref('int_ownership_claims') }}

),

bounds as (

    select
        identity_id,
        first_charge_date as bound
    from identities
    union
    select
        identity_id,
        claim_from as bound
    from claims
    union
    select
        identity_id,
        claim_to as bound
    from claims

),

final as (

    select
        bounds.identity_id,
        bounds.bound as segment_from,
        lead(bounds.bound, 1, identities.end_charge_date) over (
            partition by bounds.identity_id
            order by bounds.bound
        ) as segment_to,
        identities.tags is not null as is_tagged
    from bounds
    inner join identities
        on
            bounds.identity_id = identities.identity_id
            and bounds.bound < identities.end_charge_date

)

select * from final

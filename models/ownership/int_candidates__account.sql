-- one row per identity, matching rule of kind account and span of days in which its sub account, or else the nearest
-- account above, has the same domain
with identities as (

    select * from {{ ref('dim_charge_identities') }}

),

rules as (

    select * from {{ ref('int_ownership_rules') }}

),

name_matches as (

    select * from {{ ref('int_name_matches') }}

),

owners as (

    select * from {{ ref('int_account_owners') }}

),

matches as (

    {{ rule_matches('account') }}

),

final as (

    select
        matches.identity_id,
        greatest(matches.claim_from, owners.valid_from) as claim_from,
        least(matches.claim_to, owners.valid_to) as claim_to,
        matches.rule_id,
        matches.rule_version,
        matches.kind,
        matches.precedence,
        1 as search_order,
        owners.domain_id,
        cast(null as {{ dbt.type_string() }}) as pool_id,
        owners.evidence,
        cast(null as {{ dbt.type_string() }}) as reason
    from matches
    inner join owners
        on
            lower(trim(matches.sub_account_id)) = owners.account_key
            and matches.claim_from < owners.valid_to
            and matches.claim_to > owners.valid_from

)

select * from final

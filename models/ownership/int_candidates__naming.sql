-- one row per identity, rule of kind naming whose pattern is found in its name, and span of days in which that names
-- the same owner
with identities as (

    select * from {{ ref('dim_charge_identities') }}

),

rules as (

    select * from {{ ref('int_ownership_rules') }}

),

name_matches as (

    select * from {{ ref('int_name_matches') }}

),

segments as (

    select * from {{ ref('int_policy_segments') }}

),

tag_values as (

    select * from {{ ref('tag_values') }}

),

domain_lookups as (

    select * from {{ ref('int_domain_lookups') }}

),

matches as (

    {{ rule_matches('naming') }}

),

captured as (

    select distinct
        group_1,
        group_2
    from matches
    where
        not has_outcome
        and group_1 is not null
        and group_2 is not null

),

dictionary_spans as (

    select distinct
        dictionary_from,
        dictionary_to
    from segments

),

-- names abbreviate as tags do: the dictionary of tag values holds for both
lookups as (

    select
        captured.group_1,
        captured.group_2,
        dictionary_spans.dictionary_from,
        dictionary_spans.dictionary_to,
        lower(coalesce(trim(products.tag_value), captured.group_1))
        || '|' || lower(coalesce(trim(environments.tag_value), captured.group_2)) as lookup_value
    from captured
    cross join dictionary_spans
    left join tag_values as products
        on
            lower(trim(products.tag_key)) = 'product'
            and lower(captured.group_1) = lower(trim(products.alias))
            and {{ in_force('dictionary_spans.dictionary_from', 'products') }}
    left join tag_values as environments
        on
            lower(trim(environments.tag_key)) = 'environment'
            and lower(captured.group_2) = lower(trim(environments.alias))
            and {{ in_force('dictionary_spans.dictionary_from', 'environments') }}

),

owners as (

    select
        lookups.group_1,
        lookups.group_2,
        greatest(lookups.dictionary_from, coalesce(domain_lookups.span_from, lookups.dictionary_from)) as valid_from,
        least(lookups.dictionary_to, coalesce(domain_lookups.span_to, lookups.dictionary_to)) as valid_to,
        domain_lookups.domain_id,
        case
            when domain_lookups.tag_keys is null then 'unknown_name'
            when domain_lookups.reason = 'ambiguous' then 'ambiguous_name'
            else domain_lookups.reason
        end as reason
    from lookups
    left join domain_lookups
        on
            domain_lookups.tag_keys = 'product+environment'
            and lookups.lookup_value = domain_lookups.lookup_value
            and lookups.dictionary_from < domain_lookups.span_to
            and lookups.dictionary_to > domain_lookups.span_from

),

named as (

    select
        identity_id,
        claim_from,
        claim_to,
        rule_id,
        rule_version,
        kind,
        precedence,
        1 as search_order,
        domain_id,
        pool_id,
        'name ' || match_name as evidence,
        cast(null as {{ dbt.type_string() }}) as reason
    from matches
    where has_outcome

),

looked_up as (

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
        'name ' || matches.match_name || ': product ' || matches.group_1 || ', environment ' || matches.group_2
            as evidence,
        owners.reason
    from matches
    inner join owners
        on
            matches.group_1 = owners.group_1
            and matches.group_2 = owners.group_2
            and matches.claim_from < owners.valid_to
            and matches.claim_to > owners.valid_from
    where not matches.has_outcome

),

final as (

    select * from named
    union all
    select * from looked_up

)

select * from final

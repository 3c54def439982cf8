-- one row per identity, rule of kind tag whose tag keys the identity carries, and span of days in which that is so
with identities as (

    select * from {{ ref('dim_charge_identities') }}

),

rules as (

    select * from {{ ref('int_ownership_rules') }}

),

name_matches as (

    select * from {{ ref('int_name_matches') }}

),

identity_tags as (

    select * from {{ ref('int_identity_tags') }}

),

domain_lookups as (

    select * from {{ ref('int_domain_lookups') }}

),

matches as (

    {{ rule_matches('tag') }}

),

rule_keys as (

    select
        rules.rule_id,
        rules.rule_version,
        rules.tag_value,
        rules.domain_id is not null or rules.pool_id is not null as has_outcome,
        parts.part_number,
        parts.part as tag_key
    from rules, {{ split_to_rows('rules.tag_keys', '+', 'parts') }}
    where rules.kind = 'tag'

),

rule_key_counts as (

    select
        rule_id,
        rule_version,
        count(*) as key_count
    from rule_keys
    group by
        rule_id,
        rule_version

),

-- a rule with an outcome claims the value it names; one without claims any, and the values name the domain
claimed as (

    select
        rule_keys.rule_id,
        rule_keys.rule_version,
        identity_tags.tags,
        identity_tags.dictionary_from,
        identity_tags.dictionary_to,
        count(*) as found_count,
        max(case when identity_tags.is_ambiguous then 1 else 0 end) = 1 as is_ambiguous,
        {{ text_agg('identity_tags.compared_value', '|', 'rule_keys.part_number') }} as lookup_value,
        {{ text_agg('identity_tags.evidence', ', ', 'rule_keys.part_number') }} as evidence
    from rule_keys
    inner join identity_tags
        on
            rule_keys.tag_key = identity_tags.tag_key
            and (
                not rule_keys.has_outcome
                or rule_keys.tag_value is null
                or rule_keys.tag_value in (identity_tags.compared_value, identity_tags.other_compared_value)
            )
    group by
        rule_keys.rule_id,
        rule_keys.rule_version,
        identity_tags.tags,
        identity_tags.dictionary_from,
        identity_tags.dictionary_to

),

complete as (

    select
        claimed.rule_id,
        claimed.rule_version,
        claimed.tags,
        claimed.dictionary_from,
        claimed.dictionary_to,
        claimed.is_ambiguous,
        claimed.lookup_value,
        claimed.evidence
    from claimed
    inner join rule_key_counts
        on
            claimed.rule_id = rule_key_counts.rule_id
            and claimed.rule_version = rule_key_counts.rule_version
            and claimed.found_count = rule_key_counts.key_count

),

final as (

    select
        matches.identity_id,
        greatest(
            matches.claim_from, complete.dictionary_from, coalesce(domain_lookups.span_from, matches.claim_from)
        ) as claim_from,
        least(
            matches.claim_to, complete.dictionary_to, coalesce(domain_lookups.span_to, matches.claim_to)
        ) as claim_to,
        matches.rule_id,
        matches.rule_version,
        matches.kind,
        matches.precedence,
        1 as search_order,
        case when not complete.is_ambiguous then coalesce(matches.domain_id, domain_lookups.domain_id) end as domain_id,
        case when not complete.is_ambiguous then matches.pool_id end as pool_id,
        'tag ' || complete.evidence as evidence,
        case
            when complete.is_ambiguous then 'ambiguous_tag'
            when matches.has_outcome then cast(null as {{ dbt.type_string() }})
            when domain_lookups.tag_keys is null then 'unknown_tag_value'
            when domain_lookups.reason = 'ambiguous' then 'ambiguous_tag'
            else domain_lookups.reason
        end as reason
    from matches
    inner join complete
        on
            matches.rule_id = complete.rule_id
            and matches.rule_version = complete.rule_version
            and matches.tags = complete.tags
            and matches.claim_from < complete.dictionary_to
            and matches.claim_to > complete.dictionary_from
    left join domain_lookups
        on
            matches.tag_keys = domain_lookups.tag_keys
            and complete.lookup_value = domain_lookups.lookup_value
            and not matches.has_outcome
            and greatest(matches.claim_from, complete.dictionary_from) < domain_lookups.span_to
            and least(matches.claim_to, complete.dictionary_to) > domain_lookups.span_from

)

select * from final

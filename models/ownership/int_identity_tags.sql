-- one row per distinct tag set, span of the tag dictionary, and canonical tag key it carries a value for; labels of
-- Kubernetes workloads and namespaces are tag sets too
with identities as (

    select * from {{ ref('dim_charge_identities') }}

),

segments as (

    select * from {{ ref('int_policy_segments') }}

),

tag_keys as (

    select * from {{ ref('tag_keys') }}

),

tag_values as (

    select * from {{ ref('tag_values') }}

),

kubernetes_workloads as (

    select * from {{ ref('int_kubernetes_workloads') }}

),

tag_sets as (

    select tags
    from identities
    where tags is not null
    union
    select labels as tags
    from kubernetes_workloads
    where labels is not null
    union
    select namespace_labels as tags
    from kubernetes_workloads
    where namespace_labels is not null

),

entries as (

    select
        tag_sets.tags,
        members.member_key as found_key,
        {{ alphanumeric_only('members.member_key') }} as spelled_key,
        trim(members.member_value) as found_value
    from tag_sets, {{ json_members('tag_sets.tags', 'members') }}
    where nullif(trim(members.member_value), '') is not null

),

dictionary_spans as (

    select distinct
        dictionary_from,
        dictionary_to
    from segments

),

-- a canonical key always means itself
spellings as (

    select
        lower(trim(tag_key)) as tag_key,
        {{ alphanumeric_only('alias') }} as spelled_key,
        valid_from,
        valid_to
    from tag_keys
    union all
    select
        lower(trim(tag_key)) as tag_key,
        {{ alphanumeric_only('tag_key') }} as spelled_key,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from tag_keys
    group by tag_key

),

dictionary as (

    select distinct
        dictionary_spans.dictionary_from,
        dictionary_spans.dictionary_to,
        spellings.tag_key,
        spellings.spelled_key
    from dictionary_spans
    inner join spellings
        on
            {{ in_force('dictionary_spans.dictionary_from', 'spellings') }}

),

normalised as (

    select
        entries.tags,
        dictionary.dictionary_from,
        dictionary.dictionary_to,
        dictionary.tag_key,
        coalesce(trim(tag_values.tag_value), entries.found_value) as tag_value,
        lower(coalesce(trim(tag_values.tag_value), entries.found_value)) as compared_value,
        entries.found_key || '=' || entries.found_value as found
    from entries
    inner join dictionary
        on entries.spelled_key = dictionary.spelled_key
    left join tag_values
        on
            dictionary.tag_key = lower(trim(tag_values.tag_key))
            and lower(entries.found_value) = lower(trim(tag_values.alias))
            and {{ in_force('dictionary.dictionary_from', 'tag_values') }}

),

final as (

    select
        tags,
        dictionary_from,
        dictionary_to,
        tag_key,
        min(tag_value) as tag_value,
        min(compared_value) as compared_value,
        max(compared_value) as other_compared_value,
        min(compared_value) <> max(compared_value) as is_ambiguous,
        {{ text_agg('found', ', ', 'found') }} as evidence
    from normalised
    group by
        tags,
        dictionary_from,
        dictionary_to,
        tag_key

)

select * from final

-- one row per combination of domain attributes that rules look domains up by, values of them, and span of days
with domains as (

    select * from {{ ref('cost_domains') }}

),

rules as (

    select * from {{ ref('int_ownership_rules') }}

),

-- naming conventions give a product and an environment
lookups as (

    select distinct tag_keys
    from rules
    where
        kind = 'tag'
        and domain_id is null
        and pool_id is null
    union
    select 'product+environment' as tag_keys

),

lookup_keys as (

    select
        lookups.tag_keys,
        parts.part_number,
        parts.part as tag_key
    from lookups, {{ split_to_rows('lookups.tag_keys', '+', 'parts') }}

),

attributes as (

    {% for attribute in domain_attributes() %}
        select
            trim(domain_id) as domain_id,
            valid_from,
            valid_to,
            lower(trim(product)) as product,
            lower(trim(environment)) as environment,
            '{{ attribute }}' as attribute,
            lower(trim({{ attribute }})) as attribute_value
        from domains
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- a domain that does not use a level below the ones looked up is the leaf of the level itself
lookup_values as (

    select
        lookup_keys.tag_keys,
        attributes.domain_id,
        attributes.valid_from,
        attributes.valid_to,
        {{ text_agg('attributes.attribute_value', '|', 'lookup_keys.part_number') }} as lookup_value,
        (
            max(case when lookup_keys.tag_key = 'product' then 1 else 0 end) = 1
            or max(attributes.product) = 'general'
        )
        and (
            max(case when lookup_keys.tag_key = 'environment' then 1 else 0 end) = 1
            or max(attributes.environment) = 'general'
        ) as is_general
    from lookup_keys
    inner join attributes
        on lookup_keys.tag_key = attributes.attribute
    group by
        lookup_keys.tag_keys,
        attributes.domain_id,
        attributes.valid_from,
        attributes.valid_to
    having count(*) = count(attributes.attribute_value)

),

spans as (

    {{ validity_spans('lookup_values', ['tag_keys', 'lookup_value']) }}

),

counted as (

    select
        spans.tag_keys,
        spans.lookup_value,
        spans.span_from,
        spans.span_to,
        count(lookup_values.domain_id) as domain_count,
        count(case when lookup_values.is_general then lookup_values.domain_id end) as general_count,
        min(lookup_values.domain_id) as first_domain_id,
        min(case when lookup_values.is_general then lookup_values.domain_id end) as first_general_domain_id
    from spans
    left join lookup_values
        on
            spans.tag_keys = lookup_values.tag_keys
            and spans.lookup_value = lookup_values.lookup_value
            and {{ in_force('spans.span_from', 'lookup_values') }}
    group by
        spans.tag_keys,
        spans.lookup_value,
        spans.span_from,
        spans.span_to

),

final as (

    select
        tag_keys,
        lookup_value,
        span_from,
        span_to,
        case
            when domain_count = 1 then first_domain_id
            when general_count = 1 then first_general_domain_id
        end as domain_id,
        case
            when domain_count = 0 then 'domain_not_in_force'
            when domain_count > 1 and general_count <> 1 then 'ambiguous'
        end as reason
    from counted

)

select * from final

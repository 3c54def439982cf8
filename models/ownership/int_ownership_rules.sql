-- one row per rule version that is in force on a day of the scope, in the form in which it is compared
with rules as (

    select * from {{ ref('ownership_rules') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

days as (

    select
        min(first_charge_date) as first_day,
        max(end_charge_date) as end_day
    from identities

),

final as (

    select
        trim(rules.rule_id) as rule_id,
        rules.rule_version,
        rules.precedence,
        trim(rules.kind) as kind,
        {% for column in rule_match_columns() %}
            nullif(lower(trim(rules.{{ column }})), '') as {{ column }},
        {% endfor %}
        nullif(trim(rules.name_regex), '') as name_regex,
        nullif(replace(lower(rules.tag_keys), ' ', ''), '') as tag_keys,
        nullif(lower(trim(rules.tag_value)), '') as tag_value,
        nullif(lower(trim(rules.domain_id)), '') as domain_id,
        nullif(lower(trim(rules.pool_id)), '') as pool_id,
        {{ rule_match_evidence('rules') }} as match_evidence,
        rules.valid_from,
        rules.valid_to
    from rules
    inner join days
        on
            rules.valid_from < days.end_day
            and rules.valid_to > days.first_day

)

select * from final

-- one row per rule version with a name pattern and distinct name in which the pattern is found
with identities as (

    select * from {{ ref('dim_charge_identities') }}

),

rules as (

    select * from {{ ref('int_ownership_rules') }}

),

names as (

    select distinct match_name
    from identities
    where match_name is not null

),

found as (

    select
        rules.rule_id,
        rules.rule_version,
        rules.name_regex,
        names.match_name
    from names
    inner join rules
        on {{ regexp_matches('names.match_name', 'rules.name_regex') }}

),

final as (

    select
        rule_id,
        rule_version,
        match_name,
        {{ regexp_group('match_name', 'name_regex', 1) }} as group_1,
        {{ regexp_group('match_name', 'name_regex', 2) }} as group_2
    from found

)

select * from final

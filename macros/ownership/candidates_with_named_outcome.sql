{#
  candidates_with_named_outcome: the candidates of a kind whose rules name the domain or pool themselves.
  kind: kind of rule
  returns: a whole model
#}
{% macro candidates_with_named_outcome(kind) -%}
with identities as (

    select * from {{ ref('dim_charge_identities') }}

),

rules as (

    select * from {{ ref('int_ownership_rules') }}

),

name_matches as (

    select * from {{ ref('int_name_matches') }}

),

matches as (

    {{ rule_matches(kind) }}

),

final as (

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
        match_evidence as evidence,
        cast(null as {{ dbt.type_string() }}) as reason
    from matches

)

select * from final
{%- endmacro %}

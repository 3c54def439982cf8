{#
  known_targets: what a feed may name as a target: any domain or pool of the policy, whatever its validity, the whole
  that is measured, and what nobody owns. A target that is none of these is a name that nobody knows.
  returns: a select of target_key, in lower case
#}
{% macro known_targets() -%}
    select lower(trim(domain_id)) as target_key
    from {{ ref('cost_domains') }}
    union
    select lower(trim(pool_id)) as target_key
    from {{ ref('pools') }}
    union
    select '*' as target_key
    union
    select 'unallocated' as target_key
{%- endmacro %}

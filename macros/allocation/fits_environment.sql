{#
  fits_environment: whether a domain may bear a part of what is divided: the part of an environment is borne in it.
  memberships: relation with scope_by and scope_key; environment: SQL expression, in lower case; null for a pool
  returns: boolean expression, safe beside `and`
#}
{% macro fits_environment(memberships, environment) -%}
    (
        coalesce({{ memberships }}.scope_by, '') <> 'environment'
        or {{ memberships }}.scope_key = ''
        or coalesce({{ environment }}, {{ memberships }}.scope_key) = {{ memberships }}.scope_key
    )
{%- endmacro %}

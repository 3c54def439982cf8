{#
  same_or_any: whether an attribute passes a filter of the policy; a blank filter lets anything pass.
  filter: SQL expression; attribute: SQL expression; both are compared trimmed and without regard to case
  returns: boolean expression, safe beside `and` and `or`
#}
{% macro same_or_any(filter, attribute) -%}
    ({{ filter }} is null or lower(trim({{ filter }})) = lower(trim({{ attribute }})))
{%- endmacro %}

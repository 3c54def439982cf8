{#
  split_metrics: the cost columns that allocation divides, each exactly.
  returns: list of column names
#}
{% macro split_metrics() -%}
    {{ return(['billed_cost', 'effective_cost', 'list_cost', 'contracted_cost']) }}
{%- endmacro %}

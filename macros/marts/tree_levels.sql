{#
  tree_levels: the levels of the Finance tree below the estate, from the top; each is a column of dim_cost_domains.
  returns: list of column names
#}
{% macro tree_levels() -%}
    {{ return(['business_unit', 'cost_centre', 'product', 'environment']) }}
{%- endmacro %}

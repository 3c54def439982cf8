{#
  alphanumeric_only: a text in lower case, without anything but the letters a to z and digits (`Cost-Center` and
  `cost_center` become `costcenter`).
  text_expression: a text; null stays null
  returns: text
#}
{% macro alphanumeric_only(text_expression) -%}
    {{ return(adapter.dispatch('alphanumeric_only', 'tieout')(text_expression)) }}
{%- endmacro %}

{% macro default__alphanumeric_only(text_expression) -%}
    regexp_replace(lower({{ text_expression }}), '[^a-z0-9]', '')
{%- endmacro %}

{% macro duckdb__alphanumeric_only(text_expression) -%}
    regexp_replace(lower({{ text_expression }}), '[^a-z0-9]', '', 'g')
{%- endmacro %}

{#
  json_number: one number of a JSON text, to its last digit. A JSON parser would pass it through a DOUBLE.
  json: SQL expression of a JSON text; key: name of a member that occurs once, at any depth, as number or quoted number
  returns: a text expression; null when there is no such number
#}
{% macro json_number(json, key) -%}
    {{ return(adapter.dispatch('json_number', 'tieout')(json, key)) }}
{%- endmacro %}

{% macro default__json_number(json, key) -%}
    nullif(regexp_extract({{ json }}, '"{{ key }}"\\s*:\\s*"?(-?[0-9][0-9.eE+-]*)', 1), '')
{%- endmacro %}

{% macro duckdb__json_number(json, key) -%}
    nullif(regexp_extract({{ json }}, '"{{ key }}"\s*:\s*"?(-?[0-9][0-9.eE+-]*)', 1), '')
{%- endmacro %}

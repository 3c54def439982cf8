{#
  json_string: a text as a JSON string literal, quoted and escaped.
  text: SQL expression
  returns: a text expression; null for null
#}
{% macro json_string(text) -%}
    {{ return(adapter.dispatch('json_string', 'tieout')(text)) }}
{%- endmacro %}

{% macro default__json_string(text) -%}
    regexp_extract(to_json(named_struct('k', {{ text }})), '^\\{"k":(.*)\\}$', 1)
{%- endmacro %}

{% macro duckdb__json_string(text) -%}
    cast(to_json({{ text }}) as varchar)
{%- endmacro %}

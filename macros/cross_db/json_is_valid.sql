{#
  json_is_valid: whether a text is a JSON document.
  text: SQL expression
  returns: a boolean expression; null for null
#}
{% macro json_is_valid(text) -%}
    {{ return(adapter.dispatch('json_is_valid', 'tieout')(text)) }}
{%- endmacro %}

{% macro default__json_is_valid(text) -%}
    (get_json_object({{ text }}, '$') is not null)
{%- endmacro %}

{% macro duckdb__json_is_valid(text) -%}
    json_valid({{ text }})
{%- endmacro %}

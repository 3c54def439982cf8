{#
  json_is_flat_object: whether a text is a JSON object whose members are all scalars: without its strings, no bracket but
  the outer ones is left.
  text: SQL expression
  returns: a boolean expression; null for null
#}
{% macro json_is_flat_object(text) -%}
    {{ return(adapter.dispatch('json_is_flat_object', 'tieout')(text)) }}
{%- endmacro %}

{% macro default__json_is_flat_object(text) -%}
    ({{ json_is_valid(text) }} and regexp_replace({{ text }}, '"([^"\\\\]|\\\\.)*"', '') rlike '^[{][^{}\\[\\]]*[}]$')
{%- endmacro %}

{% macro duckdb__json_is_flat_object(text) -%}
    ({{ json_is_valid(text) }} and regexp_full_match(regexp_replace({{ text }}, '"([^"\\]|\\.)*"', '', 'g'), '\{[^{}\[\]]*\}'))
{%- endmacro %}

{#
  json_elements_like: the objects of a JSON array that hold a word, as text, comma-separated.
  json: SQL expression of the array's text; its objects hold no objects; word: letters, digits and underscores
  returns: a text expression; empty or null when no object holds the word
#}
{% macro json_elements_like(json, word) -%}
    {{ return(adapter.dispatch('json_elements_like', 'tieout')(json, word)) }}
{%- endmacro %}

{% macro default__json_elements_like(json, word) -%}
    array_join(regexp_extract_all({{ json }}, '\\{[^{}]*{{ word }}[^{}]*\\}', 0), ',')
{%- endmacro %}

{% macro duckdb__json_elements_like(json, word) -%}
    array_to_string(regexp_extract_all({{ json }}, '\{[^{}]*{{ word }}[^{}]*\}'), ',')
{%- endmacro %}

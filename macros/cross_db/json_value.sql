{#
  json_value: one scalar of a JSON text.
  json: SQL expression of a JSON text; path: dotted keys below the root, e.g. 'price.effective_price'
  returns: a text expression; null when the path is absent or JSON null
#}
{% macro json_value(json, path) -%}
    {{ return(adapter.dispatch('json_value', 'tieout')(json, path)) }}
{%- endmacro %}

{% macro default__json_value(json, path) -%}
    get_json_object({{ json }}, '$.{{ path }}')
{%- endmacro %}

{% macro duckdb__json_value(json, path) -%}
    json_extract_string({{ json }}, '$.{{ path }}')
{%- endmacro %}

{#
  json_values: several scalars of a JSON text, read in one pass.
  json: SQL expression of a valid JSON text; paths: list of dotted keys below the root
  returns: an array expression of texts, null where a path is absent or JSON null; read it with array_item
#}
{% macro json_values(json, paths) -%}
    {{ return(adapter.dispatch('json_values', 'tieout')(json, paths)) }}
{%- endmacro %}

{% macro default__json_values(json, paths) -%}
    array(
        {%- for path in paths %}
        get_json_object({{ json }}, '$.{{ path }}'){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro duckdb__json_values(json, paths) -%}
    json_extract_string({{ json }}, [
        {%- for path in paths %}
        '$.{{ path }}'{{ ',' if not loop.last }}
        {%- endfor %}
    ])
{%- endmacro %}

{#
  array_item: one item of an array.
  array: SQL expression; position: number, from 0
  returns: an expression of the item's type; null beyond the end
#}
{% macro array_item(array, position) -%}
    {{ return(adapter.dispatch('array_item', 'tieout')(array, position)) }}
{%- endmacro %}

{% macro default__array_item(array, position) -%}
    get({{ array }}, {{ position }})
{%- endmacro %}

{% macro duckdb__array_item(array, position) -%}
    {{ array }}[{{ position + 1 }}]
{%- endmacro %}

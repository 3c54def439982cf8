{#
  json_sum: the exact sum of one number over the elements of a JSON array of objects.
  json: SQL expression of the array's text; key: name of the number in each element
  returns: a decimal(38,12) expression; null when no element has the number
#}
{% macro json_sum(json, key) -%}
    {{ return(adapter.dispatch('json_sum', 'tieout')(json, key)) }}
{%- endmacro %}

{% macro default__json_sum(json, key) -%}
    aggregate(
        regexp_extract_all({{ json }}, '"{{ key }}"\\s*:\\s*"?(-?[0-9][0-9.eE+-]*)', 1),
        cast(null as decimal(38, 12)),
        (total, item) -> coalesce(total, 0) + cast(item as decimal(38, 12))
    )
{%- endmacro %}

{% macro duckdb__json_sum(json, key) -%}
    cast(
        list_sum(
            list_transform(
                regexp_extract_all({{ json }}, '"{{ key }}"\s*:\s*"?(-?[0-9][0-9.eE+-]*)', 1),
                lambda item: {{ decimal_from_text('item') }}
            )
        ) as decimal(38, 12)
    )
{%- endmacro %}

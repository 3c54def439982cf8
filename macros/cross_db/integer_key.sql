{#
  integer_key: a surrogate key over columns, as a 63-bit non-negative integer taken from the md5 of their text.
  columns: list of SQL expressions; the order matters
  returns: a bigint expression. A null differs from an empty text, and values cannot run into each other: parts are
           separated by the control character 31, which billing texts do not hold, and a null is the character 30.
  Different engines give different keys; they are never compared across engines.
#}
{% macro integer_key(columns) -%}
    {{ return(adapter.dispatch('integer_key', 'tieout')(columns)) }}
{%- endmacro %}

{% macro integer_key_text(columns) -%}
    concat(
        {%- for column in columns %}
        coalesce(cast({{ column }} as {{ dbt.type_string() }}), chr(30)){{ ', chr(31),' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro default__integer_key(columns) -%}
    cast(shiftrightunsigned(xxhash64(md5({{ integer_key_text(columns) }})), 1) as bigint)
{%- endmacro %}

{% macro duckdb__integer_key(columns) -%}
    cast(md5_number_lower({{ integer_key_text(columns) }}) >> 1 as bigint)
{%- endmacro %}

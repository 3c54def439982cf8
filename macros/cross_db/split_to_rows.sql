{#
  split_to_rows: the parts of a separated text, one row each; for a FROM clause, after a comma.
  text: SQL expression of a table to the left; separator: one character; alias: name of the rows
  returns: a FROM item with the columns part_number (1-based) and part (text)
#}
{% macro split_to_rows(text, separator, alias) -%}
    {{ return(adapter.dispatch('split_to_rows', 'tieout')(text, separator, alias)) }}
{%- endmacro %}

{% macro default__split_to_rows(text, separator, alias) -%}
    lateral (
        select
            position + 1 as part_number,
            part
        from posexplode(split({{ text }}, '\\{{ separator }}')) as parts (position, part)
    ) as {{ alias }}
{%- endmacro %}

{% macro duckdb__split_to_rows(text, separator, alias) -%}
    lateral (
        select
            part_number,
            string_split({{ text }}, '{{ separator }}')[part_number] as part
        from range(1, len(string_split({{ text }}, '{{ separator }}')) + 1) as numbers (part_number)
    ) as {{ alias }}
{%- endmacro %}

{#
  null_words: a text in which the words that providers write for "no value" are null.
  column: SQL expression of text
  returns: a text expression
  Compared one by one: DuckDB plans a hundred IN lists in a minute, and a hundred chains of OR in no time.
#}
{% macro null_words(column) -%}
    case
        when {{ column }} = '' or {{ column }} = 'NULL' or {{ column }} = 'null' or {{ column }} = 'Null'
            or {{ column }} = 'N/A' or {{ column }} = 'n/a'
            then null
        else {{ column }}
    end
{%- endmacro %}

{#
  has_null_words: whether any of the columns holds a word for "no value" (an empty text does not count: CSV writes it for null).
  columns: list of SQL expressions of text
  returns: a boolean expression, never null
#}
{% macro has_null_words(columns) -%}
    coalesce(
        {%- for word in ['NULL', 'null', 'Null', 'N/A', 'n/a'] %}
        '{{ word }}' in ({{ columns | join(', ') }}){{ ' or' if not loop.last }}
        {%- endfor %},
        false
    )
{%- endmacro %}

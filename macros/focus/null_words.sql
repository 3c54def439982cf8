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
  given_values: how many of the columns hold something; an empty text does not count: CSV writes it for null.
  columns: list of SQL expressions of text
  returns: an integer expression, never null. What it falls by when null_words is applied to the columns is the number of
           words for "no value" in them: counting costs a fraction of looking for five words in a hundred columns.
#}
{% macro given_values(columns) -%}
    (
        {%- for column in columns %}
        case when {{ column }} <> '' then 1 else 0 end{{ ' +' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

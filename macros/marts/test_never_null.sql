{#
  never_null: all the given columns have a value in every row. One scan for all of them, where not_null takes one each.
  columns: list of column names
  returns: one row with the number of nulls of each column, if there are any
#}
{% test never_null(model, columns) %}
select
    {%- for column in columns %}
    count(*) - count({{ column }}) as {{ column }}_nulls{{ ',' if not loop.last }}
    {%- endfor %}
from {{ model }}
having
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}count(*) > count({{ column }})
    {%- endfor %}
{% endtest %}

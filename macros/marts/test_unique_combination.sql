{#
  unique_combination: no two rows of the model agree in all the given columns. Two nulls agree.
  columns: list of column names
  returns: the combinations that occur more than once
#}
{% test unique_combination(model, columns) %}
select
    {{ columns | join(',\n    ') }},
    count(*) as row_count
from {{ model }}
group by
    {{ columns | join(',\n    ') }}
having count(*) > 1
{% endtest %}

{#
  in_force: whether a policy row applies on a day; validity is half open.
  day: date expression; row: relation with valid_from and valid_to
  returns: boolean expression, safe beside `and` and `or`
#}
{% macro in_force(day, row) -%}
    ({{ day }} >= {{ row }}.valid_from and {{ day }} < {{ row }}.valid_to)
{%- endmacro %}

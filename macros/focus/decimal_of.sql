{#
  decimal_of: a number in text as decimal(38,12); more than 12 decimals are rounded once, half up, here and nowhere else.
  column: SQL expression of text, plain or in E-notation; empty is null, anything that is no number is an error
  returns: a decimal(38,12) expression
#}
{% macro decimal_of(column) -%}
    {{ decimal_from_text("nullif(" ~ column ~ ", '')") }}
{%- endmacro %}

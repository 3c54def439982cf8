{#
  quotient: a measured quantity in another unit (seconds in hours, bytes in GiB), rounded once, half up, to 12 decimals.
  quantity: SQL expression of a decimal(38,12), below 2^53; divisor: a number
  returns: a decimal(38,12) expression; null for null
  Engines divide decimals to few digits or to a double; a double of these sizes has more digits than are kept.
#}
{% macro quotient(quantity, divisor) -%}
    cast({{ double_from_decimal(quantity) }} / {{ divisor }} as decimal(38, 12))
{%- endmacro %}

{#
  average_price: what was paid per unit, on average, where a bill has an amount and a quantity and no price.
  amount, quantity: SQL expressions, decimal(38,12); a quantity of 0 gives null
  returns: a decimal(38,12) expression; a ratio, rounded as such: no amount may be made of it
#}
{% macro average_price(amount, quantity) -%}
    cast({{ double_from_decimal(amount) }} / nullif({{ double_from_decimal(quantity) }}, 0) as decimal(38, 12))
{%- endmacro %}

{#
  decimal_product: a quantity times a price, rounded once, half up, to 12 decimals.
  quantity, price: SQL expressions, decimal(38,12); null gives null
  returns: a decimal(38,12) expression; a product beyond the engine's digits is an error, never a rounded double
#}
{% macro decimal_product(quantity, price) -%}
    {{ return(adapter.dispatch('decimal_product', 'tieout')(quantity, price)) }}
{%- endmacro %}

{# 38 digits hold a product of 22 and 15: where types have to be told, quantities stay below 10^10, prices below 1000 #}
{% macro default__decimal_product(quantity, price) -%}
    cast(cast({{ quantity }} as decimal(22, 12)) * cast({{ price }} as decimal(15, 12)) as decimal(38, 12))
{%- endmacro %}

{% macro duckdb__decimal_product(quantity, price) -%}
    cast({{ quantity }} * {{ price }} as decimal(38, 12))
{%- endmacro %}

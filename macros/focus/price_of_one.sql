{#
  price_of_one: the price of one unit, where a bill prices several at a time (1 dollar per 1,000,000 requests).
  price, units: SQL expressions of text, numbers; no units, or 1 of them, leave the price as it is
  returns: a decimal(38,12) expression, null without a price
#}
{% macro price_of_one(price, units) -%}
    case
        when coalesce(cast({{ units }} as double), 1) = 1 then {{ decimal_from_text(price) }}
        else cast(cast({{ price }} as double) / nullif(cast({{ units }} as double), 0) as decimal(38, 12))
    end
{%- endmacro %}

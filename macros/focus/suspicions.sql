{#
  is_rounded_away: whether a cost of ordinary usage looks like BilledCost with its fraction lost. Flagged, never changed.
  cost: SQL expression
  returns: a boolean expression on the columns of focus__focus; a whole cost (0 included) less than 1 away from a BilledCost
           that is not whole, with no commitment that could explain the difference
#}
{% macro is_rounded_away(cost) -%}
    {{ cost }} = round({{ cost }}, 0) and BilledCost <> round(BilledCost, 0) and abs(BilledCost - {{ cost }}) < 1
    and CommitmentDiscountId is null and ChargeCategory <> 'Purchase'
{%- endmacro %}

{#
  is_not_product: whether a cost is not unit price × quantity, beyond the rounding of the provider. Flagged, never changed.
  cost, price, quantity: SQL expressions of decimals
  returns: a boolean expression, null when a factor is missing
#}
{% macro is_not_product(cost, price, quantity) -%}
    abs(
        {{ double_from_decimal(price) }} * {{ double_from_decimal(quantity) }} - {{ double_from_decimal(cost) }}
    ) > 0.000001 + 0.0001 * abs({{ double_from_decimal(cost) }})
{%- endmacro %}

{#
  convert_currency: an amount in another currency, exact to 12 decimals and rounded once, half up.
  One product of two decimal(38,12) would need 52 digits. The amount is therefore cut at the decimal point: the whole part
  times the rate has 12 decimals and fits 38 digits; the rest, below 1, times the rate fits 32 and is rounded to 12.
  Both parts have the sign of the amount, so that rounding the second is rounding the sum.
  amount: SQL expression, decimal(38,12), below 10^18; rate: SQL expression, above 0, below 10^8; null = no rate
  returns: decimal(38,12); null when the rate is missing: a missing rate is never 1
#}
{% macro convert_currency(amount, rate) -%}
    {%- set whole -%}
        cast(case when {{ amount }} < 0 then ceil({{ amount }}) else floor({{ amount }}) end as decimal(18, 0))
    {%- endset -%}
    cast({{ whole }} * cast({{ rate }} as decimal(20, 12)) as decimal(38, 12))
    + cast(
        cast({{ amount }} - {{ whole }} as decimal(12, 12)) * cast({{ rate }} as decimal(20, 12)) as decimal(38, 12)
    )
{%- endmacro %}

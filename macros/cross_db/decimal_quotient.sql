{#
  decimal_quotient: an amount times one whole number over another, rounded once, half up, to 12 decimals.
  amount:    SQL expression, decimal(38,12); null gives null
  numerator, denominator: SQL expressions, whole numbers below 10^10; a denominator of 0 gives null
  returns:   a decimal(38,12) expression; beyond the engine's digits it is an error, never a rounded double
#}
{% macro decimal_quotient(amount, numerator, denominator) -%}
    {{ return(adapter.dispatch('decimal_quotient', 'tieout')(amount, numerator, denominator)) }}
{%- endmacro %}

{# where decimals are divided as decimals, and types tell the digits: amounts below 10^12 #}
{% macro default__decimal_quotient(amount, numerator, denominator) -%}
    cast(
        cast({{ amount }} as decimal(24, 12)) * cast({{ numerator }} as decimal(10, 0))
        / cast(nullif({{ denominator }}, 0) as decimal(10, 0)) as decimal(38, 12)
    )
{%- endmacro %}

{# DuckDB divides decimals as doubles, so the last of the 12 decimals is counted in whole numbers #}
{% macro duckdb__decimal_quotient(amount, numerator, denominator) -%}
    {%- set dividend = 'abs(cast((' ~ amount ~ ') * cast(1000000000000 as decimal(13, 0)) as hugeint) * (' ~ numerator ~ '))' -%}
    {%- set divisor = 'abs(cast(nullif(' ~ denominator ~ ', 0) as hugeint))' -%}
    {%- set units = '((2 * ' ~ dividend ~ ' + ' ~ divisor ~ ') // (2 * ' ~ divisor ~ '))' -%}
    cast(
        sign({{ amount }}) * sign({{ numerator }}) * sign({{ denominator }})
        * cast({{ units }} as decimal(38, 0)) * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
    )
{%- endmacro %}

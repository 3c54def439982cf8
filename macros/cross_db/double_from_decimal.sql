{#
  double_from_decimal: a decimal(38,12) as a double, for bounds of running shares and for ratios only.
  decimal_expression: a decimal(38,12); null stays null
  returns: double, the same for the same decimal

  On DuckDB a 128-bit decimal converts about eight times slower than a 64-bit one: take 64 bits when the value fits.
#}
{% macro double_from_decimal(decimal_expression) -%}
    {{ return(adapter.dispatch('double_from_decimal', 'tieout')(decimal_expression)) }}
{%- endmacro %}

{% macro default__double_from_decimal(decimal_expression) -%}
    cast({{ decimal_expression }} as double)
{%- endmacro %}

{% macro duckdb__double_from_decimal(decimal_expression) -%}
    coalesce(
        cast(try_cast({{ decimal_expression }} as decimal(18, 12)) as double),
        cast({{ decimal_expression }} as double)
    )
{%- endmacro %}

{#
  double_from_share: a decimal(38,18) as a double, for parts of a whole.
  share: SQL expression, a decimal(38,18) of 0 or more; null stays null
  returns: double, the same for the same decimal

  On DuckDB a 128-bit decimal with more than 2^53 units converts some twenty times slower than a 64-bit one, which
  holds what is below 1.
#}
{% macro double_from_share(share) -%}
    {{ return(adapter.dispatch('double_from_share', 'tieout')(share)) }}
{%- endmacro %}

{% macro default__double_from_share(share) -%}
    cast({{ share }} as double)
{%- endmacro %}

{% macro duckdb__double_from_share(share) -%}
    case
        when {{ share }} < 1 then cast(cast({{ share }} as decimal(18, 18)) as double)
        when {{ share }} = 1 then cast(1 as double)
        else cast({{ share }} as double)
    end
{%- endmacro %}

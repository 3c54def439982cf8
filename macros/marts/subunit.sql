{#
  subunit: the smallest amount of a currency that is paid, from its number of decimals (ISO 4217: USD 2, JPY 0, KWD 3).
  decimals: SQL expression, 0 to 4; a currency that the reference does not know (null) has 2, as most have
  returns: decimal(18,4), e.g. 0.0100
#}
{% macro subunit(decimals) -%}
    case {{ decimals }}
        when 0 then cast(1 as decimal(18, 4))
        when 1 then cast(0.1 as decimal(18, 4))
        when 3 then cast(0.001 as decimal(18, 4))
        when 4 then cast(0.0001 as decimal(18, 4))
        else cast(0.01 as decimal(18, 4))
    end
{%- endmacro %}

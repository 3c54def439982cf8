{#
  round_to_subunit: an amount rounded half up (away from zero) to its currency's subunit, exactly: the rounding is that of
  a cast to a narrower decimal, which every engine does the same way; round(x, column) is not portable.
  amount: SQL expression, decimal(38,12); decimals: SQL expression as in subunit
  returns: decimal(38,12)
#}
{% macro round_to_subunit(amount, decimals) -%}
    case {{ decimals }}
        when 0 then cast(cast({{ amount }} as decimal(38, 0)) as decimal(38, 12))
        when 1 then cast(cast({{ amount }} as decimal(38, 1)) as decimal(38, 12))
        when 3 then cast(cast({{ amount }} as decimal(38, 3)) as decimal(38, 12))
        when 4 then cast(cast({{ amount }} as decimal(38, 4)) as decimal(38, 12))
        else cast(cast({{ amount }} as decimal(38, 2)) as decimal(38, 12))
    end
{%- endmacro %}

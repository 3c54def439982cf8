{#
  split_amount: the part of a cost that lies between two bounds of the running share, exact by construction.
  cost:      SQL expression, decimal(38,12), any sign, below 10^26; null stays null
  as_double: the same cost as double, worked out once per charge (double_from_decimal)
  share_from, share_to: bounds of the running share, double, 0 <= share_from <= share_to <= 1; a ratio above 1, of an
             indicator that measures use beyond what was requested, gives more than the cost
  returns:   decimal(38,12)

  B(s) is cost * s rounded to 10^-12, with B(0) = 0 and B(1) the cost itself; the part is B(share_to) - B(share_from).
  Every bound ends one part and begins the next, so the parts of a charge add up to the charge to the last digit,
  whatever the rounding of each bound. Decimals are not multiplied: a rescaled product costs hundreds of times more.
#}
{% macro split_amount(cost, as_double, share_from, share_to) -%}
    case
        when {{ share_from }} = 0 and {{ share_to }} = 1 then {{ cost }}
        when {{ share_to }} = 1 then {{ cost }} - cast({{ as_double }} * {{ share_from }} as decimal(38, 12))
        when {{ share_from }} = 0 then cast({{ as_double }} * {{ share_to }} as decimal(38, 12))
        else
            cast({{ as_double }} * {{ share_to }} as decimal(38, 12))
            - cast({{ as_double }} * {{ share_from }} as decimal(38, 12))
    end
{%- endmacro %}

{#
  ratio: one sum over another.
  numerator, denominator: SQL expressions
  returns: double; null when the denominator is null or not above 0
#}
{% macro ratio(numerator, denominator) -%}
    case
        when {{ denominator }} > 0 then cast({{ numerator }} as double) / cast({{ denominator }} as double)
    end
{%- endmacro %}

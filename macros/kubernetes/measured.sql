{#
  measured: a measured quantity in text as decimal(38,12). What was not measured (nothing, a null word, NaN) is null, never 0.
  column: a column of text that landing has found to be a number or one of those
  returns: a decimal(38,12) expression
  Numbers begin with a digit, a point or a minus, words with a letter: cheaper than a list of words, over a million rows.
#}
{% macro measured(column) -%}
    case when {{ column }} >= '-' and {{ column }} < 'A' then {{ decimal_from_text(column) }} end
{%- endmacro %}

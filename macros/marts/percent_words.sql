{#
  percent_words: a share as people read it: 0.250000000000 reads as 25 %.
  share: SQL expression, decimal(38,12), 0 to 1; null stays null
  returns: text
#}
{% macro percent_words(share) -%}
    regexp_replace(
        cast(cast(cast({{ share }} as decimal(18, 12)) * 100 as decimal(18, 6)) as {{ dbt.type_string() }}),
        '[.]?0+$',
        ''
    ) || ' %'
{%- endmacro %}

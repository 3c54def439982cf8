{#
  period_start: first day of a billing period. billing_period: SQL expression, 'YYYY-MM'. returns: date
#}
{% macro period_start(billing_period) -%}
    cast({{ billing_period }} || '-01' as date)
{%- endmacro %}

{#
  period_end: first day after a billing period. billing_period: SQL expression, 'YYYY-MM'. returns: date
#}
{% macro period_end(billing_period) -%}
    cast({{ dbt.dateadd('month', 1, period_start(billing_period)) }} as date)
{%- endmacro %}

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

{#
  days_of_periods: the days of billing periods.
  periods: relation with billing_period, 'YYYY-MM', each once
  returns: a query, one row per day: billing_period, day_of_period
#}
{% macro days_of_periods(periods) -%}
    {%- set day = dbt.dateadd('day', 'numbers.number', period_start(periods ~ '.billing_period')) -%}
    select
        {{ periods }}.billing_period,
        cast({{ day }} as date) as day_of_period
    from {{ periods }}
    cross join (
        {% for number in range(31) -%}
            {{ 'union all' if not loop.first }} select {{ number }} as number
        {% endfor %}
    ) as numbers
    where cast({{ day }} as date) < {{ period_end(periods ~ '.billing_period') }}
{%- endmacro %}

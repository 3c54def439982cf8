{#
  aligned_to_month: a bound of a billing period that is a month's first midnight in local time, as the same midnight in UTC.
  time: SQL expression; a bound within 14 hours of the start of a month, on a quarter of an hour, is taken for it, any other
        (an anniversary) stays. Landing tells a row's billing month by the same rule (billing_month_of)
  returns: a timestamp expression
#}
{% macro aligned_to_month(time) -%}
    case
        when {{ time }} = date_trunc('day', {{ time }}) then {{ time }}
        when {{ time }} >= date_trunc('month', {{ time }} + interval '14' hour) - interval '14' hour
            and {{ time }} <= date_trunc('month', {{ time }} + interval '14' hour) + interval '14' hour
            and {{ time }} = date_trunc('minute', {{ time }})
            and extract(minute from {{ time }}) % 15 = 0
            then date_trunc('month', {{ time }} + interval '14' hour)
        else {{ time }}
    end
{%- endmacro %}

{#
  exclusive_period_end: the end of a billing period, exclusive. An end on the last day of the month is taken as inclusive, a
  missing one as a month after the start.
  start, end: SQL expressions
  returns: a timestamp expression
#}
{% macro exclusive_period_end(start, end) -%}
    case
        when {{ end }} is null then {{ start }} + interval '1' month
        when {{ start }} = date_trunc('month', {{ start }})
            and {{ end }} >= {{ start }} + interval '1' month - interval '1' day
            and {{ end }} < {{ start }} + interval '1' month
            then {{ start }} + interval '1' month
        else {{ end }}
    end
{%- endmacro %}

{#
  exclusive_charge_end: the end of a charge period, exclusive. One that ends in :59:59 is taken as inclusive to the second, one
  that equals its start as inclusive to the day (a start at midnight) or to the hour, a missing one likewise.
  start, end: SQL expressions
  returns: a timestamp expression
#}
{% macro exclusive_charge_end(start, end) -%}
    case
        when coalesce({{ end }}, {{ start }}) = {{ start }} and {{ start }} = date_trunc('day', {{ start }})
            then {{ start }} + interval '1' day
        when coalesce({{ end }}, {{ start }}) = {{ start }} then {{ start }} + interval '1' hour
        when date_trunc('second', {{ end }}) + interval '1' second = date_trunc('hour', {{ end }}) + interval '1' hour
            then date_trunc('hour', {{ end }}) + interval '1' hour
        else {{ end }}
    end
{%- endmacro %}

{#
  interval_date, interval_hour: the day, and the hour of it, that an interval of telemetry is of.
  interval_start, interval_end: SQL expressions of timestamps in UTC, of the same day; an end at 59:59 counts as the full hour, none
  as the end of the day
  returns: a date; an hour from 0 to 23, null for an interval longer than an hour, which is of its day only
#}
{% macro interval_date(interval_start) -%}
    cast({{ interval_start }} as date)
{%- endmacro %}

{% macro interval_hour(interval_start, interval_end) -%}
    case
        when {{ interval_end }} <= {{ dbt.dateadd('hour', 1, interval_start) }}
            then extract(hour from {{ interval_start }})
    end
{%- endmacro %}

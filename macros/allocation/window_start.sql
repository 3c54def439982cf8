{#
  window_start: first day of the charges that are divided together: the charge's day, or its billing month, which begins
  anew on a day on which agreed shares, limits or chains of the pool change.
  division: SQL expression: charge_hour, charge_day or billing_month; null for a charge with an owner of its own
  charge_date, billing_period: SQL expressions
  cut_from: SQL expression: the last such day up to the charge's; null when nothing cuts the pool's months
  returns: date expression; null when division is null
#}
{% macro window_start(division, charge_date, billing_period, cut_from) -%}
    case {{ division }}
        when 'billing_month'
            then case
                when
                    {{ cut_from }} > {{ period_start(billing_period) }}
                    and {{ cut_from }} < {{ period_end(billing_period) }}
                    then {{ cut_from }}
                else {{ period_start(billing_period) }}
            end
        when 'charge_day' then {{ charge_date }}
        when 'charge_hour' then {{ charge_date }}
    end
{%- endmacro %}

{#
  window_hour: hour of the charges that are divided together.
  division: SQL expression, as in window_start; charge_hour: SQL expression, 0 to 23
  returns: integer expression; -1 when a pool is not divided by the hour
#}
{% macro window_hour(division, charge_hour) -%}
    cast(case when {{ division }} = 'charge_hour' then {{ charge_hour }} else -1 end as integer)
{%- endmacro %}

{#
  division_window: over what time charges are divided together, by the time over which their driver is measured.
  driver_window: SQL expression: charge_hour, charge_day, billing_month, previous_month or trailing_<n>_days
  returns: charge_hour, charge_day or billing_month
#}
{% macro division_window(driver_window) -%}
    case
        when {{ driver_window }} in ('billing_month', 'previous_month') then 'billing_month'
        when {{ driver_window }} = 'charge_hour' then 'charge_hour'
        else 'charge_day'
    end
{%- endmacro %}

{#
  trailing_days: number of days of a trailing window, which ends with the charge's day.
  driver_window: SQL expression
  returns: integer expression; null when the window is none that trails
#}
{% macro trailing_days(driver_window) -%}
    cast({{ regexp_group(driver_window, "'^trailing_([0-9]+)_days$'", 1) }} as integer)
{%- endmacro %}

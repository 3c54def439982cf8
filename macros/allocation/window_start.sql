{#
  window_start: first day of the time over which the driver of a charge's pool is measured.
  driver_window: SQL expression: charge_day or billing_month; null for a charge with an owner of its own
  charge_date, billing_period: SQL expressions
  returns: date expression; null when driver_window is null
#}
{% macro window_start(driver_window, charge_date, billing_period) -%}
    case {{ driver_window }}
        when 'charge_day' then {{ charge_date }}
        when 'billing_month' then {{ period_start(billing_period) }}
    end
{%- endmacro %}

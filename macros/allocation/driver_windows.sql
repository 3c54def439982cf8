{#
  driver_windows: the times over which pools and their fallbacks measure drivers.
  returns: a query, one row per window: driver_window, as in pools.csv; null where a fallback takes its pool's
#}
{% macro driver_windows() -%}
    select driver_window
    from {{ ref('pools') }}
    where driver_id is not null
    union
    select driver_window
    from {{ ref('pool_fallbacks') }}
    where driver_id is not null
{%- endmacro %}

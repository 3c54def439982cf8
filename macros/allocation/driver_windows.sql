{#
  driver_windows: the times over which pools and their fallbacks measure drivers.
  returns: a query, one row per window: driver_window, as in pools.csv
#}
{% macro driver_windows() -%}
    select driver_window
    from {{ ref('pools') }}
    where driver_id is not null
    union
    {# a fallback without a window measures over its pool's, whether or not the pool itself measures anything -#}
    select coalesce(pool_fallbacks.driver_window, pools.driver_window) as driver_window
    from {{ ref('pool_fallbacks') }} as pool_fallbacks
    left join {{ ref('pools') }} as pools
        on lower(trim(pool_fallbacks.pool_id)) = lower(trim(pools.pool_id))
    where pool_fallbacks.driver_id is not null
{%- endmacro %}

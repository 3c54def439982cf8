{#
  measured_periods: the billing periods whose charges the drivers of the periods in scope are measured by: those
  periods, and the months before them that a window reaches back to.
  needs: CTEs run_scope, pools and pool_fallbacks
  returns: a select of billing_period
#}
{% macro measured_periods() -%}
    select run_scope.billing_period
    from run_scope
    union
    select
        substr(
            cast(
                cast(
                    {{ dbt.dateadd('month', '-reaches.months_back', period_start('run_scope.billing_period')) }} as date
                )
                as {{ dbt.type_string() }}
            ),
            1,
            7
        ) as billing_period
    from run_scope
    cross join (
        {#- a trailing window of n days begins at most (n + 27) / 28 months before its last day's -#}
        {% for months in range(1, 14) %}
            {{ 'union all' if not loop.first }}
            select {{ months }} as months_back
        {% endfor %}
    ) as reaches
    inner join (
        select max(
            case
                when driver_window = 'previous_month' then 1
                else floor(({{ trailing_days('driver_window') }} + 27) / 28)
            end
        ) as months_back
        from (
            select driver_window
            from pools
            where driver_id is not null
            union all
            select driver_window
            from pool_fallbacks
            where driver_id is not null
        ) as driver_windows
    ) as furthest
        on reaches.months_back <= furthest.months_back
{%- endmacro %}

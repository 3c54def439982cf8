-- one row per billing period whose charges the drivers of the periods in scope are measured by: those periods, and the
-- months before them that a window reaches back to
with run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

driver_windows as (

    {{ driver_windows() }}

),

furthest as (

    select
        max(
            case
                when driver_window = 'previous_month' then 1
                else floor(({{ trailing_days('driver_window') }} + 27) / 28)
            end
        ) as months_back
    from driver_windows

),

{# a trailing window of n days begins at most (n + 27) / 28 months before its last day's -#}
reaches as (

    {% for months in range(1, 14) -%}
        {{ 'union all' if not loop.first }}
        select {{ months }} as months_back
    {% endfor %}
),

final as (

    select billing_period
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
    cross join reaches
    inner join furthest
        on reaches.months_back <= furthest.months_back

)

select * from final

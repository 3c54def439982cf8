-- one row per day on which usage counts for the periods in scope: the days of the months that drivers are measured by,
-- and days beside them on which charges of these months lie, with those that a trailing window reaches back to
-- Months of bills begin and end where the provider bills, and corrections come late. A feed tells whole months, and
-- most of one beside would be worked out in vain.
with measured_periods as (

    select * from {{ ref('int_measured_periods') }}

),

charge_days as (

    select * from {{ ref('int_charge_days') }}

),

driver_windows as (

    {{ driver_windows() }}

),

-- the charge's day itself, or the days of the longest window that ends with it
reach as (

    select coalesce(max({{ trailing_days('driver_window') }}), 1) as days
    from driver_windows

),

numbers as (

    {% for number in range(31) -%}
        {{ 'union all' if not loop.first }}
        select {{ number }} as number
    {% endfor %}
),

offsets as (

    select months.number * 31 + days.number as offset_days
    from numbers as months
    cross join numbers as days

),

days_of_months as (

    {{ days_of_periods('measured_periods') }}

),

days_with_charges as (

    select distinct charge_date
    from charge_days
    where billing_period in (select measured_periods.billing_period from measured_periods)

),

days_reached as (

    select
        cast({{ dbt.dateadd('day', '-offsets.offset_days', 'days_with_charges.charge_date') }} as date)
            as measured_date
    from days_with_charges
    cross join reach
    inner join offsets
        on reach.days > offsets.offset_days

),

final as (

    select day_of_period as measured_date
    from days_of_months
    union
    select measured_date
    from days_reached

)

select * from final

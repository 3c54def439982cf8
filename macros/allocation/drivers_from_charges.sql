{#
  drivers_from_charges: what the owners of charges account for themselves, as the quantity of a driver: the body of the
  models int_drivers__spend and int_drivers__quantity.
  kind: kind of driver in policy
  measure: a column of int_charge_days
  by_unit: true when only charges measured in the driver's own unit count (hours and gigabytes have no sum)
  in_reporting_currency: true when the measure is money, which has no sum over currencies either; a missing rate makes
      the quantity null, which sends the pool to its fallback with the reason null_driver
  returns: a query with the columns of driver_quantities

  Only charges with an owner of their own count: pools are not measured by pools. In a window of one day, the day lies in
  the billing month or beside it (providers cut months in their own time zones): the few late or corrected charges of an
  earlier month are no measure of that month's days.
#}
{% macro drivers_from_charges(kind, measure, by_unit=false, in_reporting_currency=false) -%}
with memberships as (

    select * from {{ ref('pool_membership') }}

),

drivers as (

    select * from {{ ref('drivers') }}

),

owners as (

    select * from {{ ref('int_charge_owners') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

charge_days as (

    select * from {{ ref('int_charge_days') }}

),

{% if in_reporting_currency -%}
run_context as (

    select * from {{ ref('stg_landing__run_context') }}

),

fx_rates as (

    select * from {{ ref('fx_rates') }}

),

{% endif -%}
drivers_of_kind as (

    select
        lower(trim(driver_id)) as driver_key,
        unit,
        source_id,
        service_name,
        service_category,
        charge_category,
        valid_from,
        valid_to
    from drivers
    where kind = '{{ kind }}'

),

-- pools that ask the same of a driver are measured once
measurements as (

    select distinct
        lower(trim(driver_id)) as driver_key,
        driver_window,
        scope_by
    from memberships

),

measured_owners as (

    select
        drivers_of_kind.driver_key,
        drivers_of_kind.unit,
        identities.source_id,
        identities.region_id,
        identities.sub_account_id,
        identities.billing_currency,
        owners.identity_id,
        owners.segment_from,
        owners.segment_to,
        owners.domain_id
    from owners
    inner join identities
        on owners.identity_id = identities.identity_id
    inner join drivers_of_kind
        on
            {{ same_or_any('drivers_of_kind.source_id', 'identities.source_id') }}
            and {{ same_or_any('drivers_of_kind.service_name', 'identities.service_name') }}
            and {{ same_or_any('drivers_of_kind.service_category', 'identities.service_category') }}
            and {{ same_or_any('drivers_of_kind.charge_category', 'identities.charge_category') }}
            and owners.segment_from >= drivers_of_kind.valid_from
            and owners.segment_from < drivers_of_kind.valid_to
    where
        owners.pool_id is null
        and owners.domain_id <> 'unallocated'

),

daily as (

    select
        measured_owners.driver_key,
        measured_owners.source_id,
        measured_owners.region_id,
        measured_owners.sub_account_id,
        measured_owners.domain_id,
        charge_days.billing_period,
        charge_days.charge_date,
        measured_owners.billing_currency,
        min(measured_owners.unit) as unit,
        sum(charge_days.{{ measure }}) as quantity
    from measured_owners
    inner join charge_days
        on
            measured_owners.identity_id = charge_days.identity_id
            and charge_days.charge_date >= measured_owners.segment_from
            and charge_days.charge_date < measured_owners.segment_to
    where
        charge_days.{{ measure }} is not null
        {%- if by_unit %}
        and {{ same_or_any('measured_owners.unit', 'charge_days.consumed_unit') }}
        {%- endif %}
    group by
        measured_owners.driver_key,
        measured_owners.source_id,
        measured_owners.region_id,
        measured_owners.sub_account_id,
        measured_owners.domain_id,
        charge_days.billing_period,
        charge_days.charge_date,
        measured_owners.billing_currency

),

windowed as (

    select
        measurements.driver_key,
        measurements.driver_window,
        measurements.scope_by,
        {{ scope_key('measurements.scope_by', 'daily') }} as scope_key,
        case
            when measurements.driver_window = 'billing_month' then {{ period_start('daily.billing_period') }}
            else daily.charge_date
        end as window_start,
        daily.billing_period,
        daily.billing_currency,
        daily.domain_id,
        min(daily.unit) as unit,
        sum(daily.quantity) as quantity
    from daily
    inner join measurements
        on daily.driver_key = measurements.driver_key
    where
        measurements.driver_window = 'billing_month'
        or (
            daily.charge_date >= cast({{ dbt.dateadd('day', -1, period_start('daily.billing_period')) }} as date)
            and daily.charge_date <= {{ period_end('daily.billing_period') }}
        )
    group by
        measurements.driver_key,
        measurements.driver_window,
        measurements.scope_by,
        {{ scope_key('measurements.scope_by', 'daily') }},
        case
            when measurements.driver_window = 'billing_month' then {{ period_start('daily.billing_period') }}
            else daily.charge_date
        end,
        daily.billing_period,
        daily.billing_currency,
        daily.domain_id

),

comparable as (

    select
        windowed.driver_key,
        windowed.driver_window,
        windowed.scope_by,
        windowed.scope_key,
        windowed.window_start,
        windowed.billing_period,
        windowed.domain_id,
        {%- if in_reporting_currency %}
        run_context.reporting_currency as unit,
        case
            when windowed.billing_currency = run_context.reporting_currency then windowed.quantity
            else {{ convert_currency('windowed.quantity', 'fx_rates.rate') }}
        end as quantity
        {%- else %}
        windowed.unit,
        windowed.quantity
        {%- endif %}
    from windowed
    {%- if in_reporting_currency %}
    cross join run_context
    left join fx_rates
        on
            windowed.billing_period = fx_rates.billing_period
            and windowed.billing_currency = fx_rates.from_currency
            and run_context.reporting_currency = fx_rates.to_currency
    {%- endif %}

),

final as (

    select
        memberships.membership_id,
        memberships.pool_id,
        memberships.pool_version,
        memberships.scope_key,
        memberships.window_start,
        memberships.billing_period,
        comparable.domain_id,
        case when count(*) = count(comparable.quantity) then sum(comparable.quantity) end as quantity,
        min(comparable.unit) as unit
    from memberships
    inner join comparable
        on
            lower(trim(memberships.driver_id)) = comparable.driver_key
            and memberships.driver_window = comparable.driver_window
            and coalesce(memberships.scope_by, '') = coalesce(comparable.scope_by, '')
            and memberships.scope_key = comparable.scope_key
            and memberships.window_start = comparable.window_start
            and memberships.billing_period = comparable.billing_period
    group by
        memberships.membership_id,
        memberships.pool_id,
        memberships.pool_version,
        memberships.scope_key,
        memberships.window_start,
        memberships.billing_period,
        comparable.domain_id

)

select * from final
{%- endmacro %}

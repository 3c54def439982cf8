{#
  drivers_from_charges: what the owners of charges account for themselves, as the quantity of a driver: the body of the
  models int_drivers__spend and int_drivers__quantity.
  kind: kind of driver in policy
  measure: a column of int_charge_days and int_charge_hours
  by_unit: true when only charges measured in the driver's own unit count (hours and gigabytes have no sum)
  in_reporting_currency: true when the measure is money, which has no sum over currencies either; a missing rate makes
      the quantity null, which sends the pool to its fallback with the reason null_driver
  returns: a query with the columns of driver_quantities

  Charges with an owner of their own count for the owner, and those of a pool that other pools feed for that pool, as a
  target. In a window of days, the day lies in the billing month or beside it (providers cut months in their own time
  zones): the few late or corrected charges of an earlier month are no measure of that month's days.
#}
{% macro drivers_from_charges(kind, measure, by_unit=false, in_reporting_currency=false) -%}
with divisions as (

    select * from {{ ref('pool_divisions') }}

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

cost_domains as (

    select * from {{ ref('cost_domains') }}

),

pool_targets as (

    select * from {{ ref('pool_targets') }}

),

charge_days as (

    select * from {{ ref('int_charge_days') }}

),

charge_hours as (

    select * from {{ ref('int_charge_hours') }}

),

measured_periods as (

    select * from {{ ref('int_measured_periods') }}

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
        commitment_status,
        valid_from,
        valid_to
    from drivers
    where kind = '{{ kind }}'

),

-- pools that ask the same of a driver are measured once
measurements as (

    select distinct
        measurement_id,
        lower(trim(driver_id)) as driver_key,
        scope_by,
        measured_period,
        measured_from,
        measured_to,
        measured_hour
    from divisions
    where driver_id is not null

),

asked as (

    select distinct
        driver_key,
        scope_by
    from measurements

),

fed_pools as (

    select distinct lower(trim(target_pool_id)) as pool_key
    from pool_targets
    where
        target_pool_id is not null
        and not coalesce(excluded, false)

),

-- the environment of what is owned is its owner's
candidates as (

    select
        owners.identity_id,
        owners.segment_from,
        owners.segment_to,
        coalesce(owners.domain_id, owners.pool_id) as domain_id,
        owners.cluster,
        cost_domains.environment,
        {%- for column in scope_columns() %}
        identities.{{ column }},
        {%- endfor %}
        identities.service_name,
        identities.service_category,
        identities.charge_category,
        identities.commitment_discount_status,
        identities.billing_currency
    from owners
    inner join identities
        on owners.identity_id = identities.identity_id
    left join cost_domains
        on
            owners.domain_id = cost_domains.domain_id
            and {{ in_force('owners.segment_from', 'cost_domains') }}
    left join fed_pools
        on lower(trim(owners.pool_id)) = fed_pools.pool_key
    where
        (owners.pool_id is null and owners.domain_id <> 'unallocated')
        or fed_pools.pool_key is not null

),

measured_owners as (

    select
        drivers_of_kind.driver_key,
        drivers_of_kind.unit,
        asked.scope_by,
        {{ scope_key('asked.scope_by', 'candidates') }} as scope_key,
        candidates.billing_currency,
        candidates.identity_id,
        candidates.domain_id,
        greatest(candidates.segment_from, drivers_of_kind.valid_from) as segment_from,
        least(candidates.segment_to, drivers_of_kind.valid_to) as segment_to
    from candidates
    inner join drivers_of_kind
        on
            {{ same_or_any('drivers_of_kind.source_id', 'candidates.source_id') }}
            and {{ same_or_any('drivers_of_kind.service_name', 'candidates.service_name') }}
            and {{ same_or_any('drivers_of_kind.service_category', 'candidates.service_category') }}
            and {{ same_or_any('drivers_of_kind.charge_category', 'candidates.charge_category') }}
            and {{ same_or_any('drivers_of_kind.commitment_status', 'candidates.commitment_discount_status') }}
            and candidates.segment_from < drivers_of_kind.valid_to
            and candidates.segment_to > drivers_of_kind.valid_from
    inner join asked
        on drivers_of_kind.driver_key = asked.driver_key

),

measured_times as (

    select
        billing_period,
        identity_id,
        charge_date,
        cast(null as bigint) as charge_hour,
        consumed_unit,
        {{ measure }}
    from charge_days
    where billing_period in (select measured_periods.billing_period from measured_periods)
    union all
    select
        billing_period,
        identity_id,
        charge_date,
        cast(charge_hour as bigint) as charge_hour,
        consumed_unit,
        {{ measure }}
    from charge_hours

),

daily as (

    select
        measured_owners.driver_key,
        measured_owners.scope_by,
        measured_owners.scope_key,
        measured_owners.domain_id,
        measured_times.billing_period,
        measured_times.charge_date,
        measured_times.charge_hour,
        measured_owners.billing_currency,
        min(measured_owners.unit) as unit,
        sum(measured_times.{{ measure }}) as quantity
    from measured_owners
    inner join measured_times
        on
            measured_owners.identity_id = measured_times.identity_id
            and measured_times.charge_date >= measured_owners.segment_from
            and measured_times.charge_date < measured_owners.segment_to
    where
        measured_times.{{ measure }} is not null
        {%- if by_unit %}
        and {{ same_or_any('measured_owners.unit', 'measured_times.consumed_unit') }}
        {%- endif %}
    group by
        measured_owners.driver_key,
        measured_owners.scope_by,
        measured_owners.scope_key,
        measured_owners.domain_id,
        measured_times.billing_period,
        measured_times.charge_date,
        measured_times.charge_hour,
        measured_owners.billing_currency

),

windowed as (

    select
        measurements.measurement_id,
        daily.scope_key,
        daily.billing_period,
        daily.billing_currency,
        daily.domain_id,
        min(daily.unit) as unit,
        sum(daily.quantity) as quantity
    from daily
    inner join measurements
        on
            daily.driver_key = measurements.driver_key
            and coalesce(daily.scope_by, '') = coalesce(measurements.scope_by, '')
    where
        (measurements.measured_period is null or daily.billing_period = measurements.measured_period)
        and (
            measurements.measured_from is null
            or (
                daily.charge_date >= measurements.measured_from
                and daily.charge_date < measurements.measured_to
                and daily.charge_date
                >= cast({{ dbt.dateadd('day', -1, period_start('daily.billing_period')) }} as date)
                and daily.charge_date <= {{ period_end('daily.billing_period') }}
            )
        )
        and coalesce(daily.charge_hour, -1) = measurements.measured_hour
    group by
        measurements.measurement_id,
        daily.scope_key,
        daily.billing_period,
        daily.billing_currency,
        daily.domain_id

),

comparable as (

    select
        windowed.measurement_id,
        windowed.scope_key,
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
        divisions.division_id,
        comparable.domain_id,
        case when count(*) = count(comparable.quantity) then sum(comparable.quantity) end as quantity,
        min(comparable.unit) as unit
    from divisions
    inner join comparable
        on
            divisions.measurement_id = comparable.measurement_id
            and divisions.scope_key = comparable.scope_key
    group by
        divisions.division_id,
        comparable.domain_id

)

select * from final
{%- endmacro %}

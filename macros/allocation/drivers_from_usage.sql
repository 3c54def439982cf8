{#
  drivers_from_usage: what usage feeds and meters say, over the time that each pool is measured: the body of the models
  int_drivers__usage and int_consumer_quantities.
  by_consumer: false: one row per target, the columns of driver_quantities. true: one row per target and consumer
      (null: what no consumer is known of), of drivers that know consumers and of attempts that were in fact divided
      by; a target that no policy knows is 'unallocated' there, as it is among candidates.
  returns: a query

  One missing reading makes a total unknown: null, never the sum of the others.
#}
{% macro drivers_from_usage(by_consumer=false) -%}
with {% if by_consumer -%}
-- what other pools hand on is the use of their own consumers
divided as (

    select distinct division_id
    from {{ ref('int_pool_shares') }}
    where has_charges

),

{% endif -%}
divisions as (

    select pool_divisions.*
    from {{ ref('pool_divisions') }} as pool_divisions
    {%- if by_consumer %}
    inner join divided
        on pool_divisions.division_id = divided.division_id
    {%- endif %}

),

drivers as (

    select * from {{ ref('drivers') }}

),

driver_usage as (

    select * from {{ ref('int_driver_usage') }}

),

{% if by_consumer -%}
known_targets as (

    {{ known_targets() }}

),

-- of the drivers that know consumers, every row: what has no consumer is a part of its target too
consuming_drivers as (

    {{ consuming_drivers('driver_usage') }}

),

{% endif -%}
-- pools that ask the same of a driver are measured once
measurements as (

    select distinct
        measurement_id,
        lower(trim(driver_id)) as driver_key,
        coalesce(scope_by, '') as scope_by,
        measured_period,
        measured_from,
        measured_to,
        measured_hour
    from divisions
    where driver_id is not null

),

asked as (

    select
        driver_key,
        scope_by,
        max(measured_hour) >= 0 as is_by_hour
    from measurements
    group by
        driver_key,
        scope_by

),

asked_drivers as (

    select
        asked.driver_key,
        asked.scope_by,
        asked.is_by_hour,
        drivers.unit,
        drivers.source_id,
        drivers.valid_from,
        drivers.valid_to
    from asked
    inner join drivers
        on asked.driver_key = lower(trim(drivers.driver_id))
    {%- if by_consumer %}
    inner join consuming_drivers
        on asked.driver_key = consuming_drivers.driver_key
    {%- endif %}
    where drivers.kind in ('usage', 'amount')

),

located as (

    select
        asked_drivers.driver_key,
        asked_drivers.scope_by,
        case when asked_drivers.scope_by = '' then '' else lower(trim(coalesce(driver_usage.scope, ''))) end
            as scope_key,
        driver_usage.usage_date,
        cast(case when asked_drivers.is_by_hour then coalesce(driver_usage.usage_hour, -1) else -1 end as integer)
            as usage_hour,
        {% if by_consumer -%}
        coalesce(known_targets.target_key, 'unallocated') as target_key,
        driver_usage.consumer_id,
        {%- else -%}
        lower(trim(driver_usage.target)) as target_key,
        {%- endif %}
        asked_drivers.unit,
        driver_usage.quantity
    from driver_usage
    inner join asked_drivers
        on
            lower(trim(driver_usage.driver)) = asked_drivers.driver_key
            and {{ same_or_any('asked_drivers.source_id', 'driver_usage.source_id') }}
            and driver_usage.usage_date >= asked_drivers.valid_from
            and driver_usage.usage_date < asked_drivers.valid_to
    {%- if by_consumer %}
    left join known_targets
        on lower(trim(driver_usage.target)) = known_targets.target_key
    {%- endif %}

),

metered as (

    select
        driver_key,
        scope_by,
        scope_key,
        usage_date,
        usage_hour,
        target_key,
        {%- if by_consumer %}
        consumer_id,
        {%- endif %}
        min(unit) as unit,
        case when count(*) = count(quantity) then sum(quantity) end as quantity
    from located
    {%- if by_consumer %}
    where target_key <> '*'
    {%- endif %}
    group by
        driver_key,
        scope_by,
        scope_key,
        usage_date,
        usage_hour,
        target_key
        {%- if by_consumer %},
        consumer_id
        {%- endif %}

),

-- the days and hours that a measurement counts: few, so that the rows of usage are found by equality
moments as (

    select
        measurements.measurement_id,
        measurements.driver_key,
        measurements.scope_by,
        metered_moments.usage_date,
        metered_moments.usage_hour
    from measurements
    inner join (
        select distinct
            driver_key,
            scope_by,
            usage_date,
            usage_hour
        from metered
    ) as metered_moments
        on
            measurements.driver_key = metered_moments.driver_key
            and measurements.scope_by = metered_moments.scope_by
    where
        (
            (
                measurements.measured_from is null
                and metered_moments.usage_date >= {{ period_start('measurements.measured_period') }}
                and metered_moments.usage_date < {{ period_end('measurements.measured_period') }}
            )
            or (
                metered_moments.usage_date >= measurements.measured_from
                and metered_moments.usage_date < measurements.measured_to
            )
        )
        and (measurements.measured_hour = -1 or metered_moments.usage_hour = measurements.measured_hour)

),

windowed as (

    select
        moments.measurement_id,
        metered.scope_key,
        metered.target_key,
        {%- if by_consumer %}
        metered.consumer_id,
        {%- endif %}
        min(metered.unit) as unit,
        case when count(*) = count(metered.quantity) then sum(metered.quantity) end as quantity
    from moments
    inner join metered
        on
            moments.driver_key = metered.driver_key
            and moments.scope_by = metered.scope_by
            and moments.usage_date = metered.usage_date
            and moments.usage_hour = metered.usage_hour
    group by
        moments.measurement_id,
        metered.scope_key,
        metered.target_key
        {%- if by_consumer %},
        metered.consumer_id
        {%- endif %}

),

final as (

    select
        divisions.division_id,
        {%- if by_consumer %}
        windowed.target_key,
        windowed.consumer_id,
        cast(windowed.quantity as decimal(38, 12)) as quantity,
        {%- else %}
        windowed.target_key as domain_id,
        windowed.quantity,
        {%- endif %}
        windowed.unit
    from divisions
    inner join windowed
        on
            divisions.measurement_id = windowed.measurement_id
            and divisions.scope_key = windowed.scope_key

)

select * from final
{%- endmacro %}

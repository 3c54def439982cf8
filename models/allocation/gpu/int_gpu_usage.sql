-- one row per GPU, or slice of one, and interval of at most an hour
{{ config(materialized='view') }}
with telemetry as (

    select * from {{ ref('stg_gpu__telemetry') }}

),

-- a slice counts by its compute units, of which a GPU has seven (an A30: four)
measured as (

    select
        *,
        cast(measured_at as date) as usage_date,
        extract(hour from measured_at) as usage_hour,
        cast({{ regexp_group('mig_profile', "'([0-9]+)g[.]'", 1) }} as {{ dbt.type_int() }}) as slice_units,
        case when upper(gpu_model) like '%A30%' then 4 else 7 end as gpu_units
    from telemetry

),

final as (

    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        resource,
        cluster,
        node,
        gpu,
        gpu_model,
        gpus_of_resource,
        mig_profile,
        mig_instance,
        cast(coalesce(cast(slice_units as double) / gpu_units, 1) as decimal(38, 12)) as gpus,
        coalesce(utilisation, cast(utilisation_percent / 100 as decimal(38, 12))) as utilisation,
        memory_utilisation,
        requests,
        power_watts,
        coalesce(
            hours,
            cast(1.0 / count(*) over (
                partition by source_id, resource, gpu, mig_profile, mig_instance, usage_date, usage_hour
            ) as decimal(38, 12))
        ) as hours,
        delivery_id,
        source_file,
        source_row
    from measured

)

select * from final

-- one row per GPU, or slice of one, and interval of a telemetry file
with telemetry as (
    select * from {{ source('landing_gpu', 'gpu_telemetry') }}
),

staged as (
    select
        {{ utc_timestamp('trim(time)') }} as measured_at,
        {{ decimal_of('hours') }} as hours,
        nullif(trim(resource), '') as resource,
        nullif(trim(cluster), '') as cluster,
        nullif(trim(node), '') as node,
        nullif(trim(gpu), '') as gpu,
        nullif(trim(gpu_model), '') as gpu_model,
        {{ decimal_of('gpus_of_resource') }} as gpus_of_resource,
        nullif(trim(mig_profile), '') as mig_profile,
        nullif(trim(mig_instance), '') as mig_instance,
        {{ decimal_of('utilisation') }} as utilisation,
        {{ decimal_of('utilisation_percent') }} as utilisation_percent,
        {{ decimal_of('memory_utilisation') }} as memory_utilisation,
        {{ decimal_of('requests') }} as requests,
        {{ decimal_of('power_watts') }} as power_watts,
        _billing_period as billing_period,
        _source_id as source_id,
        _delivery_id as delivery_id,
        _source_file as source_file,
        _source_row as source_row
    from telemetry
)

select * from staged

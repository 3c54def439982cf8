-- one row per billing period, resource, GPU or slice of one, and hour that telemetry knows of it
-- An hour idles when all that was measured of it is below the policy in force; an hour without telemetry has no row,
-- and ends a window. A window may begin in the month before; what comes after the month does not change it.
{{ config(
    materialized='table_when',
    needed_when="select 1 from landing.deliveries where in_force and source_kind = 'gpu_telemetry'",
) }}
with gpu_usage as (

    select * from {{ ref('int_gpu_usage') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

gpu_idle as (

    select * from {{ ref('gpu_idle') }}

),

scoped_usage as (

    select
        run_scope.billing_period as reported_period,
        gpu_usage.*,
        lower(gpu_usage.resource) as known_as,
        concat(coalesce(gpu_usage.mig_profile, ''), '/', coalesce(gpu_usage.mig_instance, '')) as slice,
        {{ dbt.dateadd('hour', 'gpu_usage.usage_hour', 'cast(gpu_usage.usage_date as timestamp)') }} as hour_start
    from gpu_usage
    inner join run_scope
        on
            gpu_usage.usage_date < {{ period_end('run_scope.billing_period') }}
            and gpu_usage.usage_date
            >= cast({{ dbt.dateadd('month', -1, period_start('run_scope.billing_period')) }} as date)

),

-- what telemetry calls a machine: aws:///eu-central-1a/i-0abc, azure:///subscriptions/…, gce://project/zone/name
names as (

    select
        known_as,
        coalesce({{ regexp_group('known_as', "'^[a-z]+://(.*)$'") }}, known_as) as path
    from (select distinct known_as from scoped_usage) as known

),

-- and how a bill may name it, the surest way first
keys as (

    select
        known_as,
        path as resource_key,
        1 as key_rank
    from names
    union all
    select
        known_as,
        {{ regexp_group('path', "'(i-[0-9a-f]+)$'") }} as resource_key,
        2 as key_rank
    from names
    union all
    select
        known_as,
        {{ regexp_group('path', "'^([^/]+)/'") }} || '/' || {{ regexp_group('path', "'/([^/]+)$'") }} as resource_key,
        3 as key_rank
    from names
    where known_as like 'gce://%'
    union all
    select
        known_as,
        'name/' || path as resource_key,
        4 as key_rank
    from names

),

billed_keys as (

    select
        lower(trim(resource_id)) as billed_resource,
        lower(trim(resource_id)) as resource_key
    from identities
    union
    select
        lower(trim(resource_id)) as billed_resource,
        {{ regexp_group('lower(trim(resource_id))', "'/(i-[0-9a-f]+)$'") }} as resource_key
    from identities
    union
    select
        lower(trim(resource_id)) as billed_resource,
        lower(trim(sub_account_id)) || '/'
        || {{ regexp_group('lower(trim(match_name))', "'([^/:]+)$'") }} as resource_key
    from identities
    union
    select
        lower(trim(resource_id)) as billed_resource,
        'name/' || lower(trim(match_name)) as resource_key
    from identities
    where service_category in ('Compute', 'AI and Machine Learning')

),

-- a name that several machines have says nothing
matches as (

    select
        keys.known_as,
        keys.key_rank,
        min(billed_keys.billed_resource) as billed_resource
    from keys
    inner join billed_keys
        on keys.resource_key = billed_keys.resource_key
    where billed_keys.billed_resource is not null
    group by
        keys.known_as,
        keys.key_rank
    having count(distinct billed_keys.billed_resource) = 1

),

ranked_matches as (

    select
        known_as,
        billed_resource,
        row_number() over (partition by known_as order by key_rank) as match_rank
    from matches

),

-- two feeds may know a machine by two names, and a GPU twice
hours as (

    select
        scoped_usage.reported_period,
        coalesce(ranked_matches.billed_resource, scoped_usage.known_as) as resource_key,
        ranked_matches.billed_resource,
        scoped_usage.gpu,
        scoped_usage.slice,
        scoped_usage.hour_start,
        min(scoped_usage.resource) as resource,
        min(scoped_usage.cluster) as cluster,
        min(scoped_usage.node) as node,
        min(scoped_usage.gpu_model) as gpu_model,
        min(scoped_usage.mig_profile) as mig_profile,
        max(scoped_usage.gpus) as gpus,
        max(scoped_usage.gpus_of_resource) as gpus_of_resource,
        sum(cast(scoped_usage.hours as double) * cast(scoped_usage.utilisation as double))
        / nullif(sum(case when scoped_usage.utilisation is not null then cast(scoped_usage.hours as double) end), 0)
            as utilisation,
        sum(scoped_usage.requests) as requests,
        least(sum(scoped_usage.hours), 1) as measured_hours
    from scoped_usage
    left join ranked_matches
        on
            scoped_usage.known_as = ranked_matches.known_as
            and ranked_matches.match_rank = 1
    group by
        scoped_usage.reported_period,
        coalesce(ranked_matches.billed_resource, scoped_usage.known_as),
        ranked_matches.billed_resource,
        scoped_usage.gpu,
        scoped_usage.slice,
        scoped_usage.hour_start

),

-- where the GPU lies on its machine, as bounds of the machine's cost: of as many GPUs as it has, or as are known of it
placed as (

    select
        hours.*,
        cast(hours.hour_start as date) as usage_date,
        cast(sum(hours.gpus) over (
            partition by hours.reported_period, hours.resource_key, hours.hour_start
            order by hours.gpu, hours.slice
            rows unbounded preceding
        ) as double) as gpus_to,
        cast(greatest(
            sum(hours.gpus) over (partition by hours.reported_period, hours.resource_key, hours.hour_start),
            coalesce(max(hours.gpus_of_resource) over (
                partition by hours.reported_period, hours.resource_key
            ), 0)
        ) as double) as whole_gpus
    from hours

),

ruled as (

    select
        placed.*,
        gpu_idle.rule_id,
        gpu_idle.minimum_hours,
        gpu_idle.alert_above,
        coalesce(
            (placed.utilisation is not null or (gpu_idle.requests_below is not null and placed.requests is not null))
            and coalesce(placed.utilisation < cast(gpu_idle.utilisation_below as double), true)
            and coalesce(placed.requests < gpu_idle.requests_below, true),
            false
        ) as is_idle,
        row_number() over (
            partition by
                placed.reported_period, placed.resource_key, placed.gpu, placed.slice, placed.hour_start
            order by gpu_idle.precedence, gpu_idle.rule_id
        ) as rule_rank
    from placed
    left join gpu_idle
        on
            placed.usage_date >= gpu_idle.valid_from
            and placed.usage_date < gpu_idle.valid_to
            and (gpu_idle.cluster is null or lower(gpu_idle.cluster) = lower(placed.cluster))
            and (
                gpu_idle.resource_regex is null
                or {{ regexp_matches('placed.resource', 'gpu_idle.resource_regex') }}
            )

),

-- hours in a row have a number in common
numbered as (

    select
        *,
        {{ dbt.datediff("cast('2000-01-01' as timestamp)", 'hour_start', 'hour') }}  -- noqa: LT05
        - row_number() over (
            partition by reported_period, resource_key, gpu, slice, rule_id, is_idle
            order by hour_start
        ) as island
    from ruled
    where rule_rank = 1

),

windowed as (

    select
        *,
        min(hour_start) over (
            partition by reported_period, resource_key, gpu, slice, rule_id, is_idle, island
        ) as window_start,
        max(hour_start) over (
            partition by reported_period, resource_key, gpu, slice, rule_id, is_idle, island
        ) as last_hour,
        sum(measured_hours) over (
            partition by reported_period, resource_key, gpu, slice, rule_id, is_idle, island
        ) as window_hours
    from numbered

),

final as (

    select
        reported_period as billing_period,
        resource_key,
        billed_resource,
        resource,
        cluster,
        node,
        gpu,
        slice,
        gpu_model,
        mig_profile,
        gpus,
        usage_date,
        hour_start,
        measured_hours,
        utilisation,
        requests,
        (gpus_to - cast(gpus as double)) / whole_gpus as gpu_from,
        gpus_to / whole_gpus as gpu_to,
        rule_id,
        alert_above,
        is_idle and window_hours >= minimum_hours as is_idle,
        window_start,
        {{ dbt.dateadd('hour', 1, 'last_hour') }} as window_end,
        cast(window_hours as decimal(38, 12)) as window_hours
    from windowed
    where hour_start >= cast({{ period_start('reported_period') }} as timestamp)

)

select * from final

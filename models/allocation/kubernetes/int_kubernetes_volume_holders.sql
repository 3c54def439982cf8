-- one row per billed volume, day with charges or a claim, hour and workload: who holds it, or held it last
{{ config(
    materialized='table_when',
    needed_when="select 1 from allocation.int_kubernetes_resources where role = 'volume'",
) }}
with volumes as (

    select * from {{ ref('int_kubernetes_volumes') }}

),

resources as (

    select * from {{ ref('int_kubernetes_resources') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

charge_days as (

    select * from {{ ref('int_charge_days') }}

),

measured_periods as (

    select * from {{ ref('int_measured_periods') }}

),

billed_resources as (

    {{ kubernetes_billed_resources('identities', 'resources') }}

),

billed_volumes as (

    select distinct
        known_as,
        scope_key
    from billed_resources
    where role = 'volume'

),

billed_days as (

    select distinct
        billed_resources.scope_key,
        charge_days.charge_date
    from billed_resources
    inner join charge_days
        on billed_resources.identity_id = charge_days.identity_id
    where
        billed_resources.role = 'volume'
        and charge_days.billing_period in (select measured_periods.billing_period from measured_periods)

),

-- hours that are not told are those of the interval
told_claims as (

    select
        billed_volumes.scope_key,
        volumes.source_id,
        volumes.usage_date,
        volumes.usage_hour,
        lower(trim(volumes.cluster)) as cluster,
        volumes.claim,
        {{ kubernetes_workload_id(
            'volumes.cluster', 'volumes.namespace', 'volumes.workload_kind', 'volumes.workload_name',
            'volumes.labels'
        ) }} as workload_id,
        sum(coalesce(volumes.held_hours, case when volumes.usage_hour is null then 24 else 1 end)) as held_hours
    from volumes
    inner join billed_volumes
        on lower(trim(coalesce(volumes.volume_handle, volumes.volume))) = billed_volumes.known_as
    where {{ is_kubernetes_workload('volumes.namespace') }}
    group by
        billed_volumes.scope_key,
        volumes.source_id,
        volumes.usage_date,
        volumes.usage_hour,
        lower(trim(volumes.cluster)),
        volumes.claim,
        {{ kubernetes_workload_id(
            'volumes.cluster', 'volumes.namespace', 'volumes.workload_kind', 'volumes.workload_name',
            'volumes.labels'
        ) }}
    having sum(coalesce(volumes.held_hours, 1)) > 0

),

intervals as (

    select
        scope_key,
        usage_date,
        coalesce(usage_hour, -1) as usage_hour,
        case when max(usage_hour) is null then 24 else 1 end as interval_hours,
        sum(held_hours) as told_hours
    from told_claims
    group by
        scope_key,
        usage_date,
        coalesce(usage_hour, -1)

),

-- an interval in which several hold a volume at once passes once: each holds it for a part
claims as (

    select
        told_claims.scope_key,
        told_claims.source_id,
        told_claims.usage_date,
        told_claims.usage_hour,
        told_claims.cluster,
        told_claims.claim,
        told_claims.workload_id,
        case
            when intervals.told_hours > intervals.interval_hours
                then cast(
                    cast(told_claims.held_hours as double)
                    * intervals.interval_hours / cast(intervals.told_hours as double) as decimal(38, 12)
                )
            else told_claims.held_hours
        end as held_hours
    from told_claims
    inner join intervals
        on
            told_claims.scope_key = intervals.scope_key
            and told_claims.usage_date = intervals.usage_date
            and coalesce(told_claims.usage_hour, -1) = intervals.usage_hour

),

all_days as (

    select
        scope_key,
        charge_date,
        cast(null as date) as claimed_on
    from billed_days
    union all
    select
        scope_key,
        usage_date as charge_date,
        usage_date as claimed_on
    from claims

),

days as (

    select
        scope_key,
        charge_date,
        max(claimed_on) as claimed_on
    from all_days
    group by
        scope_key,
        charge_date

),

-- as of each day: a later claim does not change who answers for the days before it
last_claims as (

    select
        scope_key,
        charge_date,
        max(claimed_on) over (
            partition by scope_key order by charge_date rows unbounded preceding
        ) as last_claimed_on
    from days

),

last_moments as (

    select
        scope_key,
        usage_date,
        max(coalesce(usage_hour, -1)) as usage_hour
    from claims
    group by
        scope_key,
        usage_date

),

held as (

    select
        last_claims.scope_key,
        last_claims.charge_date,
        claims.usage_hour,
        claims.source_id,
        claims.cluster,
        claims.claim,
        claims.workload_id,
        claims.held_hours,
        last_claims.last_claimed_on,
        false as is_orphan
    from last_claims
    inner join claims
        on
            last_claims.scope_key = claims.scope_key
            and last_claims.charge_date = claims.usage_date

    union all

    select
        last_claims.scope_key,
        last_claims.charge_date,
        cast(null as bigint) as usage_hour,
        claims.source_id,
        claims.cluster,
        claims.claim,
        claims.workload_id,
        claims.held_hours,
        last_claims.last_claimed_on,
        true as is_orphan
    from last_claims
    inner join last_moments
        on
            last_claims.scope_key = last_moments.scope_key
            and last_claims.last_claimed_on = last_moments.usage_date
    inner join claims
        on
            last_moments.scope_key = claims.scope_key
            and last_moments.usage_date = claims.usage_date
            and last_moments.usage_hour = coalesce(claims.usage_hour, -1)
    where last_claims.last_claimed_on < last_claims.charge_date

),

final as (

    select
        scope_key,
        charge_date,
        usage_hour,
        source_id,
        cluster,
        claim,
        workload_id,
        cast(held_hours as decimal(38, 12)) as held_hours,
        last_claimed_on,
        is_orphan
    from held

)

select * from final

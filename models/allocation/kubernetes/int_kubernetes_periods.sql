-- one row per month of which something tells what runs on clusters: a fingerprint of all that is told
-- A feed's deliveries are known by their own fingerprints; what Amazon splits itself hangs on the feeds' machines too,
-- and is told by its rows, whose keys are added up.
with partitions as (

    select * from {{ ref('stg_landing__partitions') }}

),

deliveries as (

    select * from {{ ref('stg_landing__deliveries') }}

),

native_splits as (

    select * from {{ ref('int_kubernetes_native_splits') }}

),

feeds as (

    select
        billing_period,
        {{ text_agg("concat(source_id, ' ', fingerprint)", ' ', 'source_id') }} as fingerprint
    from partitions
    where source_kind in ('kubernetes_usage', 'ocp_report', 'opencost')
    group by billing_period

),

feed_rows as (

    select
        billing_period,
        sum(row_count) as row_count
    from deliveries
    where
        in_force
        and source_kind in ('kubernetes_usage', 'ocp_report', 'opencost')
    group by billing_period

),

split_rows as (

    select
        billing_period,
        count(*) as row_count,
        sum(cast({{ integer_key([
            'source_id', 'usage_date', 'usage_hour', 'cluster', 'node', 'provider_id', 'namespace', 'workload_kind',
            'workload_name', 'pod', 'cpu_request', 'cpu_usage', 'memory_request', 'memory_usage',
        ]) }} as decimal(38, 0))) as row_total
    from native_splits
    group by billing_period

),

periods as (

    select billing_period
    from feeds
    union
    select billing_period
    from split_rows

),

final as (

    select
        periods.billing_period,
        concat(
            coalesce(feeds.fingerprint, ''), ' ', coalesce(cast(split_rows.row_total as {{ dbt.type_string() }}), '')
        ) as fingerprint,
        coalesce(feed_rows.row_count, 0) + coalesce(split_rows.row_count, 0) as row_count
    from periods
    left join feeds
        on periods.billing_period = feeds.billing_period
    left join feed_rows
        on periods.billing_period = feed_rows.billing_period
    left join split_rows
        on periods.billing_period = split_rows.billing_period

)

select * from final

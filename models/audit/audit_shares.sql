-- one row per pool version, scope and window that is divided
with

shares as (

    select * from {{ ref('allocation_shares') }}

),

neighbours as (

    select
        billing_period,
        pool_id,
        pool_version,
        scope_key,
        window_start,
        share_from,
        share_to,
        lag(share_to) over (
            partition by billing_period, pool_id, pool_version, scope_key, window_start
            order by share_from, share_to
        ) as previous_share_to
    from shares

),

bounds as (

    select
        billing_period,
        pool_id,
        pool_version,
        scope_key,
        window_start,
        count(*) as target_count,
        min(share_from) as first_share,
        max(share_to) as last_share,
        sum(case when previous_share_to is not null and previous_share_to <> share_from then 1 else 0 end)
            as gap_count,
        sum(case when share_to < share_from then 1 else 0 end) as reversed_count
    from neighbours
    group by
        billing_period,
        pool_id,
        pool_version,
        scope_key,
        window_start

),

-- a set of shares is whole when it begins at 0, ends at 1 and has neither gap nor overlap: anything else is a break
breaks as (

    select
        billing_period,
        pool_id,
        pool_version,
        scope_key,
        window_start,
        target_count,
        first_share,
        last_share,
        case when first_share = 0 then 0 else 1 end
        + case when last_share = 1 then 0 else 1 end
        + gap_count
        + reversed_count as break_count
    from bounds

),

final as (

    select
        billing_period,
        'pool ' || pool_id || ' version ' || cast(pool_version as {{ dbt.type_string() }})
        || case when coalesce(scope_key, '') = '' then '' else ' in ' || scope_key end
        || ' from ' || cast(window_start as {{ dbt.type_string() }}) || ', breaks in the shares that run from '
        || coalesce(cast(first_share as {{ dbt.type_string() }}), 'nothing') || ' to '
        || coalesce(cast(last_share as {{ dbt.type_string() }}), 'nothing') as subject,
        pool_id,
        pool_version,
        scope_key,
        window_start,
        target_count,
        first_share,
        last_share,
        cast(0 as decimal(38, 12)) as expected,
        cast(break_count as decimal(38, 12)) as actual,
        cast(break_count as decimal(38, 12)) as difference
    from breaks

)

select * from final

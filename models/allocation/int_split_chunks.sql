-- one row per source, billing period and chunk of charges that is split by itself
-- A chunk has about half a million charges at most; a partition of more than 100,000 is two at least, as where charges
-- are normalised (landing.chunks), so that no core waits for another.
with charges as (

    select * from {{ ref('int_charges') }}

),

-- a delivery numbers its charges, eight to a native row (the low bits): a range of numbers is a range of rows
ranges as (

    select
        source_id,
        billing_period,
        floor(charge_id / 100000) as number_range,
        count(*) as row_count,
        min(charge_id) as charge_id
    from charges
    group by
        source_id,
        billing_period,
        floor(charge_id / 100000)

),

counted as (

    select
        source_id,
        billing_period,
        row_count,
        charge_id,
        sum(row_count) over (partition by source_id, billing_period) as partition_count,
        sum(row_count) over (
            partition by source_id, billing_period
            order by number_range
            rows between unbounded preceding and current row
        ) as count_so_far
    from ranges

),

placed as (

    select
        *,
        case
            when partition_count <= 100000 then 0
            else floor((count_so_far - row_count) * 1.0 / least(500000, partition_count / 2))
        end as place
    from counted

),

chunks as (

    select
        source_id,
        billing_period,
        cast(sum(row_count) as bigint) as row_count,
        min(charge_id) as charge_id
    from placed
    group by
        source_id,
        billing_period,
        place

),

final as (

    select
        source_id,
        billing_period,
        row_number() over (partition by source_id, billing_period order by charge_id) - 1 as chunk,
        row_count,
        charge_id
    from chunks

)

select * from final

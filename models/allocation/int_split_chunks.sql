-- one row per source, billing period and chunk of charges that is split by itself
-- A delivery numbers its charges without gaps, eight to a native row (the low bits), so that a range of numbers is a
-- range of rows: four million numbers are half a million rows at most.
with charges as (

    select * from {{ ref('int_charges') }}

),

chunks as (

    select
        source_id,
        billing_period,
        count(*) as row_count,
        min(charge_id) as charge_id
    from charges
    group by
        source_id,
        billing_period,
        floor(charge_id / 4000000)

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

-- one row per source and billing period with money
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

deliveries as (

    select * from {{ ref('stg_landing__deliveries') }}

),

charge_totals as (

    select * from {{ ref('int_charge_totals') }}

),

-- a receipt sums over all currencies of its file: such a sum is no amount of money, but a lost row shows in it
landed as (

    select
        deliveries.source_id,
        deliveries.billing_period,
        sum(deliveries.billed_cost) as billed_cost
    from deliveries
    inner join run_scope
        on deliveries.billing_period = run_scope.billing_period
    where
        deliveries.in_force
        and deliveries.billed_cost is not null
    group by
        deliveries.source_id,
        deliveries.billing_period

),

normalised as (

    select
        source_id,
        billing_period,
        sum(billed_cost) as billed_cost
    from charge_totals
    group by
        source_id,
        billing_period

),

paired as (

    select
        coalesce(landed.source_id, normalised.source_id) as source_id,
        coalesce(landed.billing_period, normalised.billing_period) as billing_period,
        coalesce(landed.billed_cost, 0) as expected,
        coalesce(normalised.billed_cost, 0) as actual
    from landed
    full outer join normalised
        on
            landed.source_id = normalised.source_id
            and landed.billing_period = normalised.billing_period

),

final as (

    select
        billing_period,
        source_id || ' ' || billing_period || ', billed cost from landing to FOCUS' as subject,
        source_id,
        'billed_cost' as metric,
        cast(expected as decimal(38, 12)) as expected,
        cast(actual as decimal(38, 12)) as actual,
        cast(actual - expected as decimal(38, 12)) as difference
    from paired

)

select * from final

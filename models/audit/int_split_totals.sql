-- one row per source, billing period, billing currency and pool (null: charges with one owner)
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

charge_splits as (

    select * from {{ ref('fct_charge_splits') }}

),

final as (

    select
        charge_splits.source_id,
        charge_splits.billing_period,
        charge_splits.billing_currency,
        charge_splits.pool_id,
        sum(charge_splits.billed_cost) as billed_cost,
        sum(charge_splits.effective_cost) as effective_cost,
        sum(charge_splits.list_cost) as list_cost,
        sum(charge_splits.contracted_cost) as contracted_cost
    from charge_splits
    inner join run_scope
        on charge_splits.billing_period = run_scope.billing_period
    group by
        charge_splits.source_id,
        charge_splits.billing_period,
        charge_splits.billing_currency,
        charge_splits.pool_id

)

select * from final

-- one row per billing period, identity, charge day and unit of consumption
with charges as (

    select * from {{ ref('int_charges') }}

),

final as (

    select
        billing_period,
        identity_id,
        charge_date,
        consumed_unit,
        sum(effective_cost) as effective_cost,
        sum(consumed_quantity) as consumed_quantity,
        count(*) as charge_count,
        max(charge_id) as last_charge_id
    from charges
    group by
        billing_period,
        identity_id,
        charge_date,
        consumed_unit

)

select * from final

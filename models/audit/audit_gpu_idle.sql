-- one row per billing period, resource, identity, day of charge and billing currency that has idle GPUs
-- Credits among the charges of a day would hide what is counted twice: both sides are added up without their signs.
with idle_costs as (

    select * from {{ ref('int_gpu_idle_costs') }}

),

charges as (

    select * from {{ ref('focus_cost_and_usage') }}

),

idle_days as (

    select
        billing_period,
        resource_key,
        identity_id,
        charge_date,
        billing_currency,
        sum(gross_effective_cost) as idle_cost
    from idle_costs
    group by
        billing_period,
        resource_key,
        identity_id,
        charge_date,
        billing_currency

),

charged_days as (

    select
        x_billing_period as billing_period,
        x_identity_id as identity_id,
        x_charge_date as charge_date,
        sum(abs(EffectiveCost)) as charged_cost
    from charges
    where
        x_billing_period in (select idle_days.billing_period from idle_days)
        and x_identity_id in (select idle_days.identity_id from idle_days)
    group by
        x_billing_period,
        x_identity_id,
        x_charge_date

),

final as (

    select
        idle_days.billing_period,
        concat(idle_days.resource_key, ' on ', cast(idle_days.charge_date as {{ dbt.type_string() }})) as subject,
        idle_days.resource_key,
        idle_days.identity_id,
        idle_days.charge_date,
        idle_days.billing_currency,
        cast(idle_days.idle_cost as decimal(38, 12)) as idle_cost,
        cast(charged_days.charged_cost as decimal(38, 12)) as charged_cost,
        coalesce(idle_days.idle_cost <= charged_days.charged_cost, false) as is_within
    from idle_days
    left join charged_days
        on
            idle_days.billing_period = charged_days.billing_period
            and idle_days.identity_id = charged_days.identity_id
            and idle_days.charge_date = charged_days.charge_date

)

select * from final

-- one row per billing period in scope and currency of its charges
{{ config(materialized='table', schema='allocation', access='protected', contract={'enforced': false}) }}

with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

run_context as (

    select * from {{ ref('stg_landing__run_context') }}

),

allocated_costs as (

    select * from {{ ref('fct_allocated_costs') }}

),

fx_rates as (

    select * from {{ ref('fx_rates') }}

),

pairs as (

    select distinct
        allocated_costs.billing_period,
        allocated_costs.billing_currency as from_currency,
        run_context.reporting_currency as to_currency
    from allocated_costs
    inner join run_scope
        on allocated_costs.billing_period = run_scope.billing_period
    cross join run_context

),

stated_rates as (

    select
        billing_period,
        upper(trim(from_currency)) as from_currency,
        upper(trim(to_currency)) as to_currency,
        max(rate) as rate
    from fx_rates
    group by
        billing_period,
        upper(trim(from_currency)),
        upper(trim(to_currency))

),

final as (

    select
        pairs.billing_period,
        pairs.from_currency,
        pairs.to_currency,
        -- one currency is itself; any other pair needs a rate of its own: none is inverted, chained or assumed
        case
            when pairs.from_currency = pairs.to_currency then cast(1 as decimal(38, 12))
            else stated_rates.rate
        end as rate
    from pairs
    left join stated_rates
        on
            pairs.billing_period = stated_rates.billing_period
            and pairs.from_currency = stated_rates.from_currency
            and pairs.to_currency = stated_rates.to_currency

)

select * from final

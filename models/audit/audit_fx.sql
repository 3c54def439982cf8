-- one row per billing period and currency pair that the charges need
with

rates as (

    select * from {{ ref('int_reporting_rates') }}

),

final as (

    select
        billing_period,
        'rate from ' || from_currency || ' to ' || to_currency || ' for ' || billing_period
        || case when rate is null then ': missing from fx_rates' else '' end as subject,
        from_currency,
        to_currency,
        rate,
        cast(1 as decimal(38, 12)) as expected,
        cast(case when rate is null then 0 else 1 end as decimal(38, 12)) as actual,
        cast(case when rate is null then -1 else 0 end as decimal(38, 12)) as difference
    from rates

)

select * from final

-- one row per month in scope, model, token class, mode (batch or not) and validity: prices in the reporting currency
-- Empty, and not worked out, without prices.
{{ config(
    materialized='table_when',
    needed_when='select 1 from policy.ai_token_prices',
) }}
with prices as (

    select * from {{ ref('ai_token_prices') }}

),

measured_periods as (

    select * from {{ ref('int_measured_periods') }}

),

run_context as (

    select * from {{ ref('stg_landing__run_context') }}

),

fx_rates as (

    select * from {{ ref('fx_rates') }}

),

converted as (

    select
        measured_periods.billing_period,
        lower(trim(prices.provider)) || '|' || lower(trim(prices.model)) as ai_model,
        prices.token_class,
        prices.batch_factor,
        prices.valid_from,
        prices.valid_to,
        case
            when prices.currency = run_context.reporting_currency then prices.price_per_million
            else {{ decimal_product('prices.price_per_million', 'fx_rates.rate') }}
        end as price
    from prices
    cross join measured_periods
    cross join run_context
    left join fx_rates
        on
            measured_periods.billing_period = fx_rates.billing_period
            and prices.currency = fx_rates.from_currency
            and run_context.reporting_currency = fx_rates.to_currency

),

final as (

    select
        billing_period,
        ai_model,
        token_class,
        false as is_batch,
        cast(price as decimal(38, 12)) as price,
        valid_from,
        valid_to
    from converted
    union all
    select
        billing_period,
        ai_model,
        token_class,
        true as is_batch,
        cast({{ decimal_product('price', 'batch_factor') }} as decimal(38, 12)) as price,
        valid_from,
        valid_to
    from converted

)

select * from final

-- Catches: tokens that are repeated on each row of a consumer whose cost has several owners, pools or currencies, and
-- tokens of a model that is not billed, which a join to the cost would drop. It is no check of the cost (audit_ai).
with run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

usage_days as (

    select * from {{ ref('int_ai_usage_days') }}

),

ai_costs as (

    select * from {{ ref('fct_ai_costs') }}

),

both_sides as (

    select
        usage_days.billing_period,
        usage_days.ai_model,
        usage_days.input_tokens + usage_days.cached_tokens + usage_days.cache_write_tokens + usage_days.output_tokens
        + usage_days.reasoning_tokens as logged_tokens,
        0 as published_tokens
    from usage_days
    inner join run_scope
        on usage_days.billing_period = run_scope.billing_period
    union all
    select
        ai_costs.billing_period,
        ai_costs.ai_model,
        0 as logged_tokens,
        ai_costs.input_tokens + ai_costs.cached_tokens + ai_costs.cache_write_tokens + ai_costs.output_tokens
        + ai_costs.reasoning_tokens as published_tokens
    from ai_costs
    inner join run_scope
        on ai_costs.billing_period = run_scope.billing_period
    where ai_costs.input_tokens is not null

)

select
    billing_period,
    ai_model,
    sum(logged_tokens) as logged_tokens,
    sum(published_tokens) as published_tokens
from both_sides
group by
    billing_period,
    ai_model
having sum(logged_tokens) <> sum(published_tokens)

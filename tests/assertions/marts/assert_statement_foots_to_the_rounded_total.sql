-- Catches a statement whose printed lines do not add up to its printed total, and a line that was moved by a whole
-- subunit or more to make them. It does not prove the exact amounts.
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

statement as (

    select
        chargeback.billing_period,
        chargeback.billing_currency,
        currencies.subunit_decimals,
        sum(chargeback.effective_cost) as exact_total,
        sum(chargeback.statement_amount) as statement_total,
        max(abs(chargeback.statement_amount - chargeback.effective_cost)) as largest_move
    from {{ ref('fct_chargeback') }} as chargeback
    left join {{ ref('currencies') }} as currencies
        on chargeback.billing_currency = currencies.currency
    where chargeback.billing_period in (select run_scope.billing_period from run_scope)
    group by
        chargeback.billing_period,
        chargeback.billing_currency,
        currencies.subunit_decimals

)

select
    billing_period,
    billing_currency,
    exact_total,
    statement_total,
    largest_move
from statement
where
    statement_total <> {{ round_to_subunit('exact_total', 'subunit_decimals') }}
    or largest_move >= {{ subunit('subunit_decimals') }}

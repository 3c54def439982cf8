-- Catches a charge or a document that is on no line of the bridge, or on two. It does not say on which it should be.
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

amounts as (

    select
        billing_period,
        billing_currency,
        billed_cost,
        effective_cost,
        cast(0 as decimal(38, 12)) as invoice_total
    from {{ ref('int_charge_totals') }}

    union all

    select
        billing_period,
        currency as billing_currency,
        cast(0 as decimal(38, 12)) as billed_cost,
        cast(0 as decimal(38, 12)) as effective_cost,
        total as invoice_total
    from {{ ref('stg_landing__invoices') }}
    where
        billing_period in (select run_scope.billing_period from run_scope)
        and status <> 'voided'

    union all

    select
        billing_period,
        billing_currency,
        -billed_cost as billed_cost,
        -effective_cost as effective_cost,
        -coalesce(invoice_total, 0) as invoice_total
    from {{ ref('rpt_invoice_bridge') }}
    where billing_period in (select run_scope.billing_period from run_scope)

)

select
    billing_period,
    billing_currency,
    sum(billed_cost) as billed_cost_missing,
    sum(effective_cost) as effective_cost_missing,
    sum(invoice_total) as invoice_total_missing
from amounts
group by
    billing_period,
    billing_currency
having
    sum(billed_cost) <> 0
    or sum(effective_cost) <> 0
    or sum(invoice_total) <> 0

-- one row per source, billing period and billing currency
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

invoice_charges as (

    select * from {{ ref('int_invoice_charges') }}

),

final as (

    select
        invoice_charges.x_source_id as source_id,
        invoice_charges.x_billing_period as billing_period,
        invoice_charges.billing_currency,
        sum(invoice_charges.charge_count) as charge_count,
        sum(invoice_charges.billed_cost) as billed_cost,
        sum(invoice_charges.effective_cost) as effective_cost,
        sum(invoice_charges.list_cost) as list_cost,
        sum(invoice_charges.contracted_cost) as contracted_cost
    from invoice_charges
    inner join run_scope
        on invoice_charges.x_billing_period = run_scope.billing_period
    group by
        invoice_charges.x_source_id,
        invoice_charges.x_billing_period,
        invoice_charges.billing_currency

)

select * from final

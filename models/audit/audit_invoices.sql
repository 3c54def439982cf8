-- one row per invoice, and per issuer and account whose charges carry no invoice number
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

bridge as (

    select * from {{ ref('rpt_invoice_bridge') }}

),

final as (

    select
        bridge.billing_period,
        coalesce(bridge.issuer, 'an issuer that is not named') || ', '
        || case
            when bridge.invoice_id is not null then 'invoice ' || bridge.invoice_id
            else 'charges without an invoice number of account ' || coalesce(bridge.billing_account_id, '(none)')
        end
        || ', ' || bridge.billing_period || ', ' || bridge.billing_currency
        || case
            when bridge.invoice_status = 'none' and bridge.ties
                then ': nothing was billed, and no invoice says otherwise'
            when bridge.invoice_status = 'none' then ': nothing to tie to, no invoice of this issuer for the period'
            when bridge.invoice_status = 'missing' then ': charged, but no invoice document says so'
            when bridge.charge_count = 0 then ': invoiced, but nothing was charged'
            when bridge.invoice_status = 'open' then ': the invoice is still open'
            else ''
        end as subject,
        bridge.issuer,
        bridge.invoice_id,
        bridge.billing_account_id,
        bridge.billing_currency,
        bridge.has_weak_key,
        bridge.invoice_status as status,
        bridge.compared_with,
        bridge.invoice_subtotal,
        bridge.invoice_total,
        bridge.billed_cost,
        bridge.charge_count as row_count,
        bridge.tolerance,
        bridge.invoiced_amount as expected,
        bridge.billed_cost as actual,
        bridge.difference,
        bridge.ties
    from bridge
    inner join run_scope
        on bridge.billing_period = run_scope.billing_period

)

select * from final

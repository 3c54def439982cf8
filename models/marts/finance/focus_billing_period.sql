-- one row per invoice issuer and billing period
{{ config(
    partition_by=['x_billing_period'],
    is_small=true,
    order_by=['InvoiceIssuerName', 'BillingPeriodStart']
) }}

with

run_scope as (

    select
        billing_period,
        cast({{ period_start('billing_period') }} as timestamp) as month_start,
        cast({{ period_end('billing_period') }} as timestamp) as month_end
    from {{ ref('stg_landing__run_scope') }}

),

charges as (

    select * from {{ ref('int_invoice_charges') }}

),

invoices as (

    select * from {{ ref('stg_landing__invoices') }}

),

charged as (

    select
        charges.x_billing_period as billing_period,
        lower(trim(charges.issuer)) as issuer_key,
        charges.billing_period_start,
        charges.billing_period_end,
        max(charges.issuer) as issuer,
        max(charges.last_charge_end) as last_charge_end,
        sum(charges.uninvoiced_count) as uninvoiced_count
    from charges
    inner join run_scope
        on charges.x_billing_period = run_scope.billing_period
    group by
        charges.x_billing_period,
        lower(trim(charges.issuer)),
        charges.billing_period_start,
        charges.billing_period_end

),

invoiced as (

    select
        invoices.billing_period,
        lower(trim(invoices.issuer)) as issuer_key,
        max(invoices.issuer) as issuer,
        max(invoices.issued_on) as issued_on,
        max(case when invoices.status = 'open' then 1 else 0 end) as has_open_invoice
    from invoices
    inner join run_scope
        on invoices.billing_period = run_scope.billing_period
    where invoices.status <> 'voided'
    group by
        invoices.billing_period,
        lower(trim(invoices.issuer))

),

issuers as (

    select
        billing_period,
        issuer_key
    from charged
    union
    select
        billing_period,
        issuer_key
    from invoiced

),

periods as (

    select
        issuers.billing_period,
        issuers.issuer_key,
        coalesce(charged.billing_period_start, run_scope.month_start) as billing_period_start,
        coalesce(charged.billing_period_end, run_scope.month_end) as billing_period_end,
        coalesce(charged.issuer, invoiced.issuer) as issuer,
        coalesce(charged.last_charge_end, run_scope.month_start) as last_charge_end,
        cast(invoiced.issued_on as timestamp) as issued_at,
        case
            when invoiced.has_open_invoice = 1 then 'Open'
            when invoiced.has_open_invoice = 0 or charged.uninvoiced_count = 0 then 'Closed'
            else 'Open'
        end as status
    from issuers
    inner join run_scope
        on issuers.billing_period = run_scope.billing_period
    left join charged
        on
            issuers.billing_period = charged.billing_period
            and issuers.issuer_key = charged.issuer_key
    left join invoiced
        on
            issuers.billing_period = invoiced.billing_period
            and issuers.issuer_key = invoiced.issuer_key

),

final as (

    select
        billing_period_start as BillingPeriodCreated,
        billing_period_end as BillingPeriodEnd,
        greatest(
            billing_period_start,
            case when status = 'Closed' then coalesce(issued_at, billing_period_end) else last_charge_end end
        ) as BillingPeriodLastUpdated,
        billing_period_start as BillingPeriodStart,
        status as BillingPeriodStatus,
        issuer as InvoiceIssuerName,
        billing_period as x_billing_period
    from periods

)

select * from final

-- Catches: an invoice whose lines in focus_invoice_detail are not the document's total to the last digit: a line
-- lost or doubled when charges are joined to documents, tax counted twice, rounding without its remainder. Is not:
-- a test that charges are what was invoiced; audit_invoices is.
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

invoices as (

    select * from {{ ref('stg_landing__invoices') }}

),

invoice_details as (

    select * from {{ ref('focus_invoice_detail') }}

),

documents as (

    select
        invoices.billing_period,
        lower(trim(invoices.issuer)) as issuer,
        invoices.currency,
        invoices.status,
        sum(invoices.total) as total
    from invoices
    inner join run_scope
        on invoices.billing_period = run_scope.billing_period
    group by
        invoices.billing_period,
        lower(trim(invoices.issuer)),
        invoices.currency,
        invoices.status

),

lines as (

    select
        x_billing_period as billing_period,
        lower(trim(InvoiceIssuerName)) as issuer,
        BillingCurrency as currency,
        lower(InvoiceIssueStatus) as status,
        sum(BilledCost) as total
    from invoice_details
    where coalesce(x_source_changes, '') not like '%no_invoice_document%'
    group by
        x_billing_period,
        lower(trim(InvoiceIssuerName)),
        BillingCurrency,
        lower(InvoiceIssueStatus)

)

select
    coalesce(documents.billing_period, lines.billing_period) as billing_period,
    coalesce(documents.issuer, lines.issuer) as issuer,
    coalesce(documents.currency, lines.currency) as currency,
    coalesce(documents.status, lines.status) as status,
    documents.total as document_total,
    lines.total as line_total
from documents
full outer join lines
    on
        documents.billing_period = lines.billing_period
        and documents.issuer = lines.issuer
        and documents.currency = lines.currency
        and documents.status = lines.status
where
    coalesce(documents.billing_period, lines.billing_period) in (select run_scope.billing_period from run_scope)
    and (documents.total is null or lines.total is null or documents.total <> lines.total)

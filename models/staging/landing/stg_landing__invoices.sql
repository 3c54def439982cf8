-- one row per invoice document
select
    billing_period,
    subtotal,
    tax,
    total,
    issued_on,
    due_on,
    payment_terms,
    purchase_order,
    reference_invoice_id,
    trim(issuer) as issuer,
    nullif(trim(invoice_id), '') as invoice_id,
    trim(billing_account_id) as billing_account_id,
    upper(trim(currency)) as currency,
    lower(trim(status)) as status
from {{ source('landing', 'invoices') }}

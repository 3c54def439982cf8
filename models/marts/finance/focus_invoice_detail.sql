-- one row per invoice and line of it
{{ config(
    partition_by=['x_billing_period'],
    is_small=true,
    order_by=['InvoiceIssuerName', 'InvoiceId', 'InvoiceDetailId', 'BillingCurrency']
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

currencies as (

    select * from {{ ref('currencies') }}

),

-- an invoice is named by issuer and number; charges without a number, by issuer and account
keyed_charges as (

    select
        charges.*,
        lower(trim(charges.issuer)) as issuer_key,
        case
            when nullif(trim(charges.invoice_id), '') is null
                then 'account ' || lower(trim(coalesce(charges.billing_account_id, '')))
            else 'invoice ' || lower(trim(charges.invoice_id))
        end as document_key
    from charges
    inner join run_scope
        on charges.x_billing_period = run_scope.billing_period

),

charged_documents as (

    select
        x_billing_period as billing_period,
        issuer_key,
        document_key,
        billing_currency,
        max(issuer) as issuer,
        max(trim(invoice_id)) as invoice_id,
        min(billing_account_id) as billing_account_id,
        min(billing_period_start) as billing_period_start,
        max(billing_period_end) as billing_period_end,
        sum(uninvoiced_count) as uninvoiced_count
    from keyed_charges
    group by
        x_billing_period,
        issuer_key,
        document_key,
        billing_currency

),

charged_lines as (

    select
        x_billing_period as billing_period,
        issuer_key,
        document_key,
        billing_currency,
        invoice_detail_id,
        charge_category,
        min(billing_account_id) as billing_account_id,
        sum(charge_count) as charge_count,
        sum(billed_cost) as billed_cost
    from keyed_charges
    group by
        x_billing_period,
        issuer_key,
        document_key,
        billing_currency,
        invoice_detail_id,
        charge_category

),

-- documents of one number are one invoice; so are an account's open ones, which may have no number yet
numbered_invoices as (

    select
        invoices.billing_period,
        lower(trim(invoices.issuer)) as issuer_key,
        invoices.currency,
        invoices.status,
        'invoice ' || lower(trim(invoices.invoice_id)) as strong_key,
        case
            when min(invoices.billing_account_id) = max(invoices.billing_account_id)
                then 'account ' || lower(trim(min(invoices.billing_account_id)))
        end as weak_key,
        max(invoices.issuer) as issuer,
        -- a provisional number says whose it is
        coalesce(
            max(invoices.invoice_id),
            coalesce(min(invoices.billing_account_id), 'open') || '/' || invoices.billing_period
        ) as invoice_id,
        max(invoices.invoice_id) is not null as has_number,
        min(invoices.billing_account_id) as billing_account_id,
        sum(coalesce(invoices.tax, 0)) as tax,
        sum(invoices.total) as total,
        max(invoices.issued_on) as issued_on,
        max(invoices.due_on) as due_on,
        max(invoices.payment_terms) as payment_terms,
        max(invoices.purchase_order) as purchase_order,
        max(invoices.reference_invoice_id) as reference_invoice_id
    from invoices
    inner join run_scope
        on invoices.billing_period = run_scope.billing_period
    group by
        invoices.billing_period,
        lower(trim(invoices.issuer)),
        invoices.currency,
        invoices.status,
        lower(trim(invoices.invoice_id)),
        case when invoices.invoice_id is null then lower(trim(invoices.billing_account_id)) end

),

-- a document goes to the charges that carry its number, else to the account's charges that carry none
documents as (

    select
        numbered_invoices.billing_period,
        numbered_invoices.issuer,
        numbered_invoices.issuer_key,
        numbered_invoices.billing_account_id,
        numbered_invoices.currency,
        numbered_invoices.tax,
        numbered_invoices.total,
        numbered_invoices.issued_on,
        numbered_invoices.due_on,
        numbered_invoices.payment_terms,
        numbered_invoices.purchase_order,
        numbered_invoices.reference_invoice_id,
        numbered_invoices.status,
        numbered_invoices.has_number,
        numbered_invoices.invoice_id,
        case
            when numbered_invoices.status = 'voided' then null
            else coalesce(strong_charges.document_key, weak_charges.document_key)
        end as document_key
    from numbered_invoices
    left join charged_documents as strong_charges
        on
            numbered_invoices.billing_period = strong_charges.billing_period
            and numbered_invoices.issuer_key = strong_charges.issuer_key
            and numbered_invoices.strong_key = strong_charges.document_key
            and numbered_invoices.currency = strong_charges.billing_currency
    left join charged_documents as weak_charges
        on
            numbered_invoices.billing_period = weak_charges.billing_period
            and numbered_invoices.issuer_key = weak_charges.issuer_key
            and numbered_invoices.weak_key = weak_charges.document_key
            and numbered_invoices.currency = weak_charges.billing_currency

),

-- charges that several documents bill together cannot be told apart: such documents have their own two lines only
shared_keys as (

    select
        billing_period,
        issuer_key,
        document_key,
        currency
    from documents
    where document_key is not null
    group by
        billing_period,
        issuer_key,
        document_key,
        currency
    having count(*) > 1

),

-- every document, and every number that charges carry without a document
headed as (

    select
        documents.billing_period,
        documents.issuer,
        documents.issuer_key,
        documents.invoice_id,
        documents.billing_account_id,
        documents.currency,
        documents.tax,
        documents.total,
        documents.issued_on,
        documents.due_on,
        documents.payment_terms,
        documents.purchase_order,
        documents.reference_invoice_id,
        case documents.status when 'open' then 'Open' when 'voided' then 'Voided' else 'Issued' end as status,
        case when shared_keys.document_key is null then documents.document_key end as document_key,
        case when not documents.has_number then '["invoice_number_not_given"]' end as source_changes
    from documents
    left join shared_keys
        on
            documents.billing_period = shared_keys.billing_period
            and documents.issuer_key = shared_keys.issuer_key
            and documents.document_key = shared_keys.document_key
            and documents.currency = shared_keys.currency
    union all
    select
        charged_documents.billing_period,
        charged_documents.issuer,
        charged_documents.issuer_key,
        charged_documents.invoice_id,
        charged_documents.billing_account_id,
        charged_documents.billing_currency as currency,
        cast(null as decimal(38, 12)) as tax,
        cast(null as decimal(38, 12)) as total,
        cast(null as date) as issued_on,
        cast(null as date) as due_on,
        cast(null as varchar) as payment_terms,
        cast(null as varchar) as purchase_order,
        cast(null as varchar) as reference_invoice_id,
        case when charged_documents.uninvoiced_count = 0 then 'Issued' else 'Open' end as status,
        charged_documents.document_key,
        '["no_invoice_document"]' as source_changes
    from charged_documents
    left join documents
        on
            charged_documents.billing_period = documents.billing_period
            and charged_documents.issuer_key = documents.issuer_key
            and charged_documents.document_key = documents.document_key
            and charged_documents.billing_currency = documents.currency
    where
        charged_documents.document_key like 'invoice %'
        and documents.document_key is null

),

-- what was charged, a line per id, as a document shows it: in the smallest unit that is paid
lines_of_charges as (

    select
        headed.billing_period,
        headed.issuer_key,
        headed.invoice_id,
        headed.currency,
        coalesce(
            charged_lines.invoice_detail_id, headed.invoice_id || '/' || charged_lines.charge_category
        ) as invoice_detail_id,
        charged_lines.charge_category,
        charged_lines.billing_account_id,
        charged_lines.charge_count,
        charged_lines.billed_cost as charged_cost,
        case
            when headed.total is null then charged_lines.billed_cost
            else {{ round_to_subunit('charged_lines.billed_cost', 'currencies.subunit_decimals') }}
        end as billed_cost
    from headed
    inner join charged_lines
        on
            headed.billing_period = charged_lines.billing_period
            and headed.issuer_key = charged_lines.issuer_key
            and headed.document_key = charged_lines.document_key
            and headed.currency = charged_lines.billing_currency
    left join currencies
        on headed.currency = currencies.currency

),

charged as (

    select
        billing_period,
        issuer_key,
        invoice_id,
        currency,
        sum(billed_cost) as billed_cost,
        max(case when charge_category = 'Tax' then 1 else 0 end) as has_tax
    from lines_of_charges
    group by
        billing_period,
        issuer_key,
        invoice_id,
        currency

),

-- what a document has beyond what was charged: tax that no export shows, then whatever is left, so that its lines are
-- it
open_amounts as (

    select
        headed.billing_period,
        headed.issuer_key,
        headed.invoice_id,
        headed.currency,
        headed.billing_account_id,
        headed.total,
        charged.billed_cost as charged_cost,
        case when coalesce(charged.has_tax, 0) = 0 then coalesce(headed.tax, 0) else 0 end as tax_line
    from headed
    left join charged
        on
            headed.billing_period = charged.billing_period
            and headed.issuer_key = charged.issuer_key
            and headed.invoice_id = charged.invoice_id
            and headed.currency = charged.currency
    where headed.total is not null

),

lines as (

    select
        billing_period,
        issuer_key,
        invoice_id,
        currency,
        invoice_detail_id,
        charge_category,
        billing_account_id,
        charge_count,
        charged_cost,
        billed_cost,
        charge_category || ' as charged' as description
    from lines_of_charges
    union all
    select
        billing_period,
        issuer_key,
        invoice_id,
        currency,
        invoice_id || '/Tax' as invoice_detail_id,
        'Tax' as charge_category,
        billing_account_id,
        0 as charge_count,
        cast(0 as decimal(38, 12)) as charged_cost,
        tax_line as billed_cost,
        'Tax of the invoice, not among the charges' as description
    from open_amounts
    where tax_line <> 0
    union all
    select
        billing_period,
        issuer_key,
        invoice_id,
        currency,
        case when charged_cost is null then invoice_id || '/Total' else invoice_id || '/Remainder' end
            as invoice_detail_id,
        case when charged_cost is null then 'Usage' else 'Adjustment' end as charge_category,
        billing_account_id,
        0 as charge_count,
        cast(0 as decimal(38, 12)) as charged_cost,
        total - tax_line - coalesce(charged_cost, 0) as billed_cost,
        case
            when charged_cost is null then 'The invoice before tax, without charges of its own'
            else 'What the invoice has beyond the charges, rounding included'
        end as description
    from open_amounts
    where
        total - tax_line - coalesce(charged_cost, 0) <> 0
        -- an invoice of nothing is an invoice
        or (charged_cost is null and tax_line = 0)

),

final as (

    select
        cast(lines.billed_cost as decimal(38, 12)) as BilledCost,
        coalesce(headed.billing_account_id, lines.billing_account_id, 'unknown') as BillingAccountId,
        headed.currency as BillingCurrency,
        coalesce(charged_documents.billing_period_end, run_scope.month_end) as BillingPeriodEnd,
        coalesce(charged_documents.billing_period_start, run_scope.month_start) as BillingPeriodStart,
        lines.charge_category as ChargeCategory,
        coalesce(
            cast(headed.issued_on as timestamp), charged_documents.billing_period_end, run_scope.month_end
        ) as InvoiceDetailCreated,
        lines.description as InvoiceDetailDescription,
        '{"ChargeCategory":' || {{ json_string('lines.charge_category') }} || '}' as InvoiceDetailGrain,
        lines.invoice_detail_id as InvoiceDetailId,
        coalesce(
            cast(headed.issued_on as timestamp), charged_documents.billing_period_end, run_scope.month_end
        ) as InvoiceDetailLastUpdated,
        headed.invoice_id as InvoiceId,
        cast(headed.issued_on as timestamp) as InvoiceIssueDate,
        headed.status as InvoiceIssueStatus,
        headed.issuer as InvoiceIssuerName,
        -- no estate file tells of payments in another currency
        headed.currency as PaymentCurrency,
        cast(lines.billed_cost as decimal(38, 12)) as PaymentCurrencyBilledCost,
        lines.invoice_detail_id as PaymentCurrencyInvoiceDetailId,
        cast(headed.due_on as timestamp) as PaymentDueDate,
        coalesce(headed.payment_terms, 'Not stated') as PaymentTerms,
        headed.purchase_order as PurchaseOrderNumber,
        -- an invoice that corrects no other refers to itself
        coalesce(headed.reference_invoice_id, headed.invoice_id) as ReferenceInvoiceId,
        headed.billing_period as x_billing_period,
        cast(lines.charge_count as bigint) as x_charge_count,
        cast(lines.charged_cost as decimal(38, 12)) as x_charged_cost,
        headed.source_changes as x_source_changes
    from lines
    inner join headed
        on
            lines.billing_period = headed.billing_period
            and lines.issuer_key = headed.issuer_key
            and lines.invoice_id = headed.invoice_id
            and lines.currency = headed.currency
    inner join run_scope
        on headed.billing_period = run_scope.billing_period
    left join charged_documents
        on
            headed.billing_period = charged_documents.billing_period
            and headed.issuer_key = charged_documents.issuer_key
            and headed.document_key = charged_documents.document_key
            and headed.currency = charged_documents.billing_currency

)

select * from final

-- one row per invoice: from what the issuer billed to what owners bear
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['issuer', 'invoice_id', 'billing_account_id', 'billing_currency', 'has_weak_key']
) }}

with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

invoice_charges as (

    select * from {{ ref('int_invoice_charges') }}

),

invoice_splits as (

    select * from {{ ref('int_invoice_splits') }}
    where billing_period in (select run_scope.billing_period from run_scope)

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

invoices as (

    select * from {{ ref('stg_landing__invoices') }}

),

currencies as (

    select * from {{ ref('currencies') }}

),

thresholds as (

    select * from {{ ref('thresholds') }}

),

-- the rows were folded before any class is looked at: a handful of kinds per invoice instead of millions of charges
kinds_of_charge as (

    select
        invoice_charges.x_billing_period as billing_period,
        invoice_charges.issuer,
        invoice_charges.invoice_id,
        invoice_charges.billing_account_id,
        invoice_charges.billing_currency,
        invoice_charges.charge_category,
        invoice_charges.charge_class,
        invoice_charges.commitment_discount_status,
        sum(invoice_charges.charge_count) as charge_count,
        sum(invoice_charges.billed_cost) as billed_cost,
        sum(invoice_charges.effective_cost) as effective_cost
    from invoice_charges
    inner join run_scope
        on invoice_charges.x_billing_period = run_scope.billing_period
    group by
        invoice_charges.x_billing_period,
        invoice_charges.issuer,
        invoice_charges.invoice_id,
        invoice_charges.billing_account_id,
        invoice_charges.billing_currency,
        invoice_charges.charge_category,
        invoice_charges.charge_class,
        invoice_charges.commitment_discount_status

),

-- every charge falls in exactly one class of what was billed, and in exactly one step from billed to effective
classified as (

    select
        billing_period,
        issuer,
        invoice_id,
        billing_account_id,
        billing_currency,
        charge_category,
        charge_count,
        billed_cost,
        effective_cost,
        case
            when charge_class is not null then 'corrections'
            when charge_category = 'Usage' then 'usage'
            when charge_category = 'Purchase' then 'purchases'
            when charge_category = 'Credit' then 'credits'
            when charge_category = 'Tax' then 'tax'
            else 'adjustments'
        end as billed_class,
        case
            when charge_category = 'Purchase' then 'covering'
            when commitment_discount_status = 'Used' then 'used'
            when commitment_discount_status = 'Unused' then 'unused'
            else 'other'
        end as effective_step
    from kinds_of_charge

),

charge_sums as (

    select
        billing_period,
        issuer,
        invoice_id,
        billing_account_id,
        billing_currency,
        sum(charge_count) as charge_count,
        sum(case when charge_category = 'Tax' then charge_count else 0 end) as tax_charge_count,
        sum(case when billed_class = 'usage' then billed_cost else 0 end) as billed_usage,
        sum(case when billed_class = 'purchases' then billed_cost else 0 end) as billed_purchases,
        sum(case when billed_class = 'credits' then billed_cost else 0 end) as billed_credits,
        sum(case when billed_class = 'tax' then billed_cost else 0 end) as billed_tax,
        sum(case when billed_class = 'corrections' then billed_cost else 0 end) as billed_corrections,
        sum(case when billed_class = 'adjustments' then billed_cost else 0 end) as billed_adjustments,
        sum(billed_cost) as billed_cost,
        sum(case when effective_step = 'covering' then billed_cost - effective_cost else 0 end) as covering_purchases,
        sum(case when effective_step = 'used' then effective_cost - billed_cost else 0 end) as amortised_used,
        sum(case when effective_step = 'unused' then effective_cost - billed_cost else 0 end) as amortised_unused,
        sum(case when effective_step = 'other' then effective_cost - billed_cost else 0 end)
            as other_effective_difference,
        sum(effective_cost) as effective_cost
    from classified
    group by
        billing_period,
        issuer,
        invoice_id,
        billing_account_id,
        billing_currency

),

-- counted from the splits, not as the rest of the effective cost, so that the bridge can prove them
split_sums as (

    select
        invoice_splits.billing_period,
        identities.invoice_issuer_name as issuer,
        invoice_splits.invoice_id,
        identities.billing_account_id,
        identities.billing_currency,
        sum(invoice_splits.allocated_cost) as allocated_cost,
        sum(invoice_splits.unallocated_cost) as unallocated_cost
    from invoice_splits
    inner join identities
        on invoice_splits.identity_id = identities.identity_id
    group by
        invoice_splits.billing_period,
        identities.invoice_issuer_name,
        invoice_splits.invoice_id,
        identities.billing_account_id,
        identities.billing_currency

),

-- an invoice is named by issuer and number; charges without a number, by issuer and account: the weak key
keyed_charges as (

    select
        charge_sums.*,
        lower(trim(coalesce(charge_sums.issuer, ''))) as issuer_key,
        case
            when nullif(trim(charge_sums.invoice_id), '') is null
                then 'account ' || lower(trim(coalesce(charge_sums.billing_account_id, '')))
            else 'invoice ' || lower(trim(charge_sums.invoice_id))
        end as document_key,
        nullif(trim(charge_sums.invoice_id), '') is null as has_weak_key,
        coalesce(split_sums.allocated_cost, 0) as allocated_cost,
        coalesce(split_sums.unallocated_cost, 0) as unallocated_cost
    from charge_sums
    left join split_sums
        on
            charge_sums.billing_period = split_sums.billing_period
            and coalesce(charge_sums.issuer, '') = coalesce(split_sums.issuer, '')
            and coalesce(charge_sums.invoice_id, '') = coalesce(split_sums.invoice_id, '')
            and coalesce(charge_sums.billing_account_id, '') = coalesce(split_sums.billing_account_id, '')
            and charge_sums.billing_currency = split_sums.billing_currency

),

billed as (

    select
        billing_period,
        issuer_key,
        document_key,
        has_weak_key,
        billing_currency,
        max(issuer) as issuer,
        max(trim(invoice_id)) as invoice_id,
        -- an invoice may cover several accounts: then none of them names it
        case when min(billing_account_id) = max(billing_account_id) then min(billing_account_id) end
            as billing_account_id,
        sum(charge_count) as charge_count,
        sum(tax_charge_count) as tax_charge_count,
        sum(billed_usage) as billed_usage,
        sum(billed_purchases) as billed_purchases,
        sum(billed_credits) as billed_credits,
        sum(billed_tax) as billed_tax,
        sum(billed_corrections) as billed_corrections,
        sum(billed_adjustments) as billed_adjustments,
        sum(billed_cost) as billed_cost,
        sum(covering_purchases) as covering_purchases,
        sum(amortised_used) as amortised_used,
        sum(amortised_unused) as amortised_unused,
        sum(other_effective_difference) as other_effective_difference,
        sum(effective_cost) as effective_cost,
        sum(allocated_cost) as allocated_cost,
        sum(unallocated_cost) as unallocated_cost
    from keyed_charges
    group by
        billing_period,
        issuer_key,
        document_key,
        has_weak_key,
        billing_currency

),

-- a voided invoice asks for nothing
documents as (

    select
        invoices.billing_period,
        invoices.issuer,
        invoices.invoice_id,
        invoices.billing_account_id,
        invoices.currency,
        invoices.subtotal,
        invoices.tax,
        invoices.total,
        invoices.status,
        lower(trim(coalesce(invoices.issuer, ''))) as issuer_key,
        'invoice ' || lower(trim(invoices.invoice_id)) as strong_key,
        'account ' || lower(trim(coalesce(invoices.billing_account_id, ''))) as weak_key
    from invoices
    inner join run_scope
        on invoices.billing_period = run_scope.billing_period
    where invoices.status <> 'voided'

),

-- a document goes to the charges that carry its number, else to the account's charges that carry none
routed_documents as (

    select
        documents.*,
        case
            when strong_charges.document_key is not null then strong_charges.document_key
            when weak_charges.document_key is not null then weak_charges.document_key
            -- an open invoice may have no number yet
            else coalesce(documents.strong_key, documents.weak_key)
        end as document_key
    from documents
    left join billed as strong_charges
        on
            documents.billing_period = strong_charges.billing_period
            and documents.issuer_key = strong_charges.issuer_key
            and documents.strong_key = strong_charges.document_key
            and documents.currency = strong_charges.billing_currency
    left join billed as weak_charges
        on
            documents.billing_period = weak_charges.billing_period
            and documents.issuer_key = weak_charges.issuer_key
            and documents.weak_key = weak_charges.document_key
            and documents.currency = weak_charges.billing_currency

),

invoiced as (

    select
        billing_period,
        issuer_key,
        document_key,
        currency,
        max(issuer) as issuer,
        case when count(distinct coalesce(invoice_id, '')) = 1 then min(invoice_id) end as invoice_id,
        case when min(billing_account_id) = max(billing_account_id) then min(billing_account_id) end
            as billing_account_id,
        count(*) as document_count,
        sum(coalesce(subtotal, total)) as subtotal,
        sum(coalesce(tax, 0)) as tax,
        sum(total) as total,
        max(case when status = 'open' then 1 else 0 end) as has_open_document
    from routed_documents
    group by
        billing_period,
        issuer_key,
        document_key,
        currency

),

issuers_with_documents as (

    select distinct
        billing_period,
        issuer_key
    from documents

),

tolerances as (

    select
        run_scope.billing_period,
        coalesce(max(thresholds.value), 0) as tolerated_subunits
    from run_scope
    left join thresholds
        on
            thresholds.threshold_id = 'invoice_tolerance_subunits'
            and thresholds.valid_from <= {{ period_start('run_scope.billing_period') }}
            and thresholds.valid_to > {{ period_start('run_scope.billing_period') }}
    group by run_scope.billing_period

),

paired as (

    select
        coalesce(billed.billing_period, invoiced.billing_period) as billing_period,
        coalesce(billed.issuer_key, invoiced.issuer_key) as issuer_key,
        coalesce(billed.issuer, invoiced.issuer) as issuer,
        coalesce(billed.invoice_id, invoiced.invoice_id) as invoice_id,
        coalesce(billed.billing_account_id, invoiced.billing_account_id) as billing_account_id,
        coalesce(billed.billing_currency, invoiced.currency) as billing_currency,
        coalesce(billed.document_key, invoiced.document_key) like 'account %' as has_weak_key,
        coalesce(invoiced.document_count, 0) as document_count,
        invoiced.has_open_document,
        invoiced.subtotal as invoice_subtotal,
        invoiced.tax as invoice_tax,
        invoiced.total as invoice_total,
        coalesce(billed.charge_count, 0) as charge_count,
        coalesce(billed.tax_charge_count, 0) as tax_charge_count,
        coalesce(billed.billed_usage, 0) as billed_usage,
        coalesce(billed.billed_purchases, 0) as billed_purchases,
        coalesce(billed.billed_credits, 0) as billed_credits,
        coalesce(billed.billed_tax, 0) as billed_tax,
        coalesce(billed.billed_corrections, 0) as billed_corrections,
        coalesce(billed.billed_adjustments, 0) as billed_adjustments,
        coalesce(billed.billed_cost, 0) as billed_cost,
        coalesce(billed.covering_purchases, 0) as covering_purchases,
        coalesce(billed.amortised_used, 0) as amortised_used,
        coalesce(billed.amortised_unused, 0) as amortised_unused,
        coalesce(billed.other_effective_difference, 0) as other_effective_difference,
        coalesce(billed.effective_cost, 0) as effective_cost,
        coalesce(billed.allocated_cost, 0) as allocated_cost,
        coalesce(billed.unallocated_cost, 0) as unallocated_cost
    from billed
    full outer join invoiced
        on
            billed.billing_period = invoiced.billing_period
            and billed.issuer_key = invoiced.issuer_key
            and billed.document_key = invoiced.document_key
            and billed.billing_currency = invoiced.currency

),

compared as (

    select
        paired.*,
        -- an export without tax rows can only tie to the amount before tax
        case
            when
                paired.document_count = 0 and issuers_with_documents.issuer_key is null and paired.billed_cost <> 0
                then 'nothing'
            -- what was paid for earlier is used without being billed: no document is needed for it
            when paired.document_count = 0 then 'zero'
            when paired.charge_count > 0 and paired.tax_charge_count = 0 then 'subtotal'
            else 'total'
        end as compared_with,
        case
            when paired.has_open_document = 1 then 'open'
            when paired.document_count > 0 then 'issued'
            when issuers_with_documents.issuer_key is not null then 'missing'
            else 'none'
        end as invoice_status,
        cast(
            greatest(
                cast(tolerances.tolerated_subunits as double),
                sqrt(cast(paired.charge_count as double)) * 0.5
            ) * cast({{ subunit('currencies.subunit_decimals') }} as double)
            as decimal(38, 12)
        ) as tolerance
    from paired
    inner join tolerances
        on paired.billing_period = tolerances.billing_period
    left join currencies
        on paired.billing_currency = currencies.currency
    left join issuers_with_documents
        on
            paired.billing_period = issuers_with_documents.billing_period
            and paired.issuer_key = issuers_with_documents.issuer_key

),

differences as (

    select
        compared.*,
        case compared.compared_with
            when 'total' then compared.invoice_total
            when 'subtotal' then compared.invoice_subtotal
            when 'zero' then cast(0 as decimal(38, 12))
        end as invoiced_amount
    from compared

),

final as (

    select
        billing_period,
        issuer,
        invoice_id,
        has_weak_key,
        billing_account_id,
        billing_currency,
        invoice_status,
        cast(document_count as bigint) as document_count,
        cast(invoice_subtotal as decimal(38, 12)) as invoice_subtotal,
        cast(invoice_tax as decimal(38, 12)) as invoice_tax,
        cast(invoice_total as decimal(38, 12)) as invoice_total,
        compared_with,
        cast(invoiced_amount as decimal(38, 12)) as invoiced_amount,
        cast(billed_cost - invoiced_amount as decimal(38, 12)) as difference,
        tolerance,
        case
            when invoiced_amount is null then null
            when abs(billed_cost - invoiced_amount) <= tolerance then true
            when invoice_status = 'open' then null
            else false
        end as ties,
        cast(charge_count as bigint) as charge_count,
        cast(billed_usage as decimal(38, 12)) as billed_usage,
        cast(billed_purchases as decimal(38, 12)) as billed_purchases,
        cast(billed_credits as decimal(38, 12)) as billed_credits,
        cast(billed_tax as decimal(38, 12)) as billed_tax,
        cast(billed_corrections as decimal(38, 12)) as billed_corrections,
        cast(billed_adjustments as decimal(38, 12)) as billed_adjustments,
        cast(billed_cost as decimal(38, 12)) as billed_cost,
        cast(covering_purchases as decimal(38, 12)) as covering_purchases,
        cast(amortised_used as decimal(38, 12)) as amortised_used,
        cast(amortised_unused as decimal(38, 12)) as amortised_unused,
        cast(other_effective_difference as decimal(38, 12)) as other_effective_difference,
        cast(effective_cost as decimal(38, 12)) as effective_cost,
        cast(allocated_cost as decimal(38, 12)) as allocated_cost,
        cast(unallocated_cost as decimal(38, 12)) as unallocated_cost
    from differences

)

select * from final

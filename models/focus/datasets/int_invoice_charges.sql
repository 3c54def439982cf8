-- one row per source, billing period, invoice, invoice line and kind of charge
-- depends_on: {{ ref('int_charge_partitions') }}
{{
    config(
        materialized='partitioned',
        partition_by=['x_source_id', 'x_billing_period'],
        is_small=true,
        partitions_from='focus.int_charge_partitions',
        order_by=[
            'issuer', 'billing_account_id', 'invoice_id', 'invoice_detail_id', 'billing_currency', 'charge_category',
            'charge_class', 'commitment_discount_status',
        ],
    )
}}

with charges as (
    select * from {{ ref('focus_cost_and_usage') }}
),

final as (
    select
        x_source_id,
        x_billing_period,
        InvoiceIssuerName as issuer,
        BillingAccountId as billing_account_id,
        InvoiceId as invoice_id,
        InvoiceDetailId as invoice_detail_id,
        BillingCurrency as billing_currency,
        ChargeCategory as charge_category,
        ChargeClass as charge_class,
        CommitmentDiscountStatus as commitment_discount_status,
        count(*) as charge_count,
        sum(BilledCost) as billed_cost,
        sum(EffectiveCost) as effective_cost,
        sum(ListCost) as list_cost,
        sum(ContractedCost) as contracted_cost,
        min(BillingPeriodStart) as billing_period_start,
        max(BillingPeriodEnd) as billing_period_end,
        max(ChargePeriodEnd) as last_charge_end,
        sum(case when x_cost_state = 'invoiced' then 0 else 1 end) as uninvoiced_count
    from charges
    group by
        x_source_id,
        x_billing_period,
        InvoiceIssuerName,
        BillingAccountId,
        InvoiceId,
        InvoiceDetailId,
        BillingCurrency,
        ChargeCategory,
        ChargeClass,
        CommitmentDiscountStatus
)

select * from final

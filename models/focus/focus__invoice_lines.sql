-- one row per line of an invoice that no export holds: taxes, support, credits
with invoice_lines as (
    select * from {{ ref('stg_invoice_lines__lines') }}
),

-- a line without dates is of the whole month
dated as (
    select
        *,
        coalesce(charge_start, month_start) as period_start,
        coalesce(
            charge_end,
            case
                when charge_start >= month_start + interval '1' month then charge_start + interval '1' day
                else month_start + interval '1' month
            end
        ) as period_end,
        charge_category = 'Purchase' as is_purchase
    from invoice_lines
),

final as (
    select
        -- an invoice does not split cost
        cast(null as varchar) as AllocatedMethodDetails,
        cast(null as varchar) as AllocatedMethodId,
        cast(null as varchar) as AllocatedResourceId,
        cast(null as varchar) as AllocatedResourceName,
        cast(null as varchar) as AllocatedTags,
        cast(null as varchar) as AvailabilityZone,
        amount as BilledCost,
        billing_account_id as BillingAccountId,
        billing_account_name as BillingAccountName,
        'Billing Account' as BillingAccountType,
        currency as BillingCurrency,
        month_start + interval '1' month as BillingPeriodEnd,
        month_start as BillingPeriodStart,
        cast(null as varchar) as CapacityReservationId,
        cast(null as varchar) as CapacityReservationStatus,
        charge_category as ChargeCategory,
        case when period_start < month_start then 'Correction' end as ChargeClass,
        description as ChargeDescription,
        case when is_purchase then 'Recurring' else 'One-Time' end as ChargeFrequency,
        period_end as ChargePeriodEnd,
        period_start as ChargePeriodStart,
        -- commitments are bought in the export
        cast(null as varchar) as CommitmentDiscountCategory,
        cast(null as varchar) as CommitmentDiscountId,
        cast(null as varchar) as CommitmentDiscountName,
        cast(null as decimal(38, 12)) as CommitmentDiscountQuantity,
        cast(null as varchar) as CommitmentDiscountStatus,
        cast(null as varchar) as CommitmentDiscountType,
        cast(null as varchar) as CommitmentDiscountUnit,
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        cast(null as decimal(38, 12)) as ConsumedQuantity,
        cast(null as varchar) as ConsumedUnit,
        cast(null as varchar) as ContractApplied,
        amount as ContractedCost,
        -- an amount for the month has no price
        cast(null as decimal(38, 12)) as ContractedUnitPrice,
        amount as EffectiveCost,
        -- taxes and credits run nowhere
        case when is_purchase then issuer end as HostProviderName,
        line_id as InvoiceDetailId,
        invoice_id as InvoiceId,
        issuer as InvoiceIssuerName,
        amount as ListCost,
        cast(null as decimal(38, 12)) as ListUnitPrice,
        cast(null as varchar) as PricingCategory,
        currency as PricingCurrency,
        cast(null as decimal(38, 12)) as PricingCurrencyContractedUnitPrice,
        amount as PricingCurrencyEffectiveCost,
        cast(null as decimal(38, 12)) as PricingCurrencyListUnitPrice,
        cast(null as decimal(38, 12)) as PricingQuantity,
        cast(null as varchar) as PricingUnit,
        cast(null as varchar) as RegionId,
        cast(null as varchar) as RegionName,
        cast(null as varchar) as ResourceId,
        cast(null as varchar) as ResourceName,
        cast(null as varchar) as ResourceType,
        case when is_purchase then 'Management and Governance' else 'Other' end as ServiceCategory,
        coalesce(service_name, case when is_purchase then description else charge_category end) as ServiceName,
        coalesce(service_provider, issuer) as ServiceProviderName,
        case when is_purchase then 'Support' else 'Other (Other)' end as ServiceSubcategory,
        cast(null as varchar) as SkuId,
        cast(null as varchar) as SkuMeter,
        cast(null as varchar) as SkuPriceDetails,
        cast(null as varchar) as SkuPriceId,
        sub_account_id as SubAccountId,
        case when sub_account_id is not null then sub_account_name end as SubAccountName,
        case when sub_account_id is not null then 'Account' end as SubAccountType,
        -- an invoice has no tags
        cast(null as varchar) as Tags,
        x_billing_period,
        cast(period_start as date) as x_charge_date,
        x_charge_id,
        {{ cost_state('invoice_id', 'is_final') }} as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        {{ change_list({
            'line_of_the_invoice': 'true',
            'price_not_in_bill': 'is_purchase',
        }) }} as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from dated
)

select * from final

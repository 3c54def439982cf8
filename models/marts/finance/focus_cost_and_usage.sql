-- one row per charge: the charges of all providers, each written by its own model in models/focus/charges
-- depends_on: {{ ref('int_charge_partitions') }}
{{
    config(
        partition_by=['x_source_id', 'x_billing_period'],
        partitions_from='focus.int_charge_partitions',
        is_written_upstream=true,
    )
}}

with charges as (
    select * from {{ ref('charges__alibaba_billing_detail') }}
    union all
    select * from {{ ref('charges__anthropic_costs') }}
    union all
    select * from {{ ref('charges__aws_cur') }}
    union all
    select * from {{ ref('charges__azure_cost_details') }}
    union all
    select * from {{ ref('charges__databricks_usage') }}
    union all
    select * from {{ ref('charges__focus') }}
    union all
    select * from {{ ref('charges__gcp_detailed') }}
    union all
    select * from {{ ref('charges__invoice_lines') }}
    union all
    select * from {{ ref('charges__oci_cost') }}
    union all
    select * from {{ ref('charges__on_premises') }}
    union all
    select * from {{ ref('charges__openai_costs') }}
    union all
    select * from {{ ref('charges__saas_contracts') }}
    union all
    select * from {{ ref('charges__snowflake_usage') }}
),

final as (
    select
        AllocatedMethodDetails,
        AllocatedMethodId,
        AllocatedResourceId,
        AllocatedResourceName,
        AllocatedTags,
        AvailabilityZone,
        BilledCost,
        BillingAccountId,
        BillingAccountName,
        BillingAccountType,
        BillingCurrency,
        BillingPeriodEnd,
        BillingPeriodStart,
        CapacityReservationId,
        CapacityReservationStatus,
        ChargeCategory,
        ChargeClass,
        ChargeDescription,
        ChargeFrequency,
        ChargePeriodEnd,
        ChargePeriodStart,
        CommitmentDiscountCategory,
        CommitmentDiscountId,
        CommitmentDiscountName,
        CommitmentDiscountQuantity,
        CommitmentDiscountStatus,
        CommitmentDiscountType,
        CommitmentDiscountUnit,
        CommitmentProgramEligibilityDetails,
        ConsumedQuantity,
        ConsumedUnit,
        ContractApplied,
        ContractedCost,
        ContractedUnitPrice,
        EffectiveCost,
        HostProviderName,
        InvoiceDetailId,
        InvoiceId,
        InvoiceIssuerName,
        ListCost,
        ListUnitPrice,
        PricingCategory,
        PricingCurrency,
        PricingCurrencyContractedUnitPrice,
        PricingCurrencyEffectiveCost,
        PricingCurrencyListUnitPrice,
        PricingQuantity,
        PricingUnit,
        RegionId,
        RegionName,
        ResourceId,
        ResourceName,
        ResourceType,
        ServiceCategory,
        ServiceName,
        ServiceProviderName,
        ServiceSubcategory,
        SkuId,
        SkuMeter,
        SkuPriceDetails,
        SkuPriceId,
        SubAccountId,
        SubAccountName,
        SubAccountType,
        Tags,
        x_billing_period,
        x_charge_date,
        x_charge_id,
        x_cost_state,
        x_delivery_id,
        x_identity_id,
        x_provider_columns,
        x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from charges
)

select * from final

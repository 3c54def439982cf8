-- one row per charge of any export of FOCUS shape, under the column names of FOCUS 1.4
with alibaba as (
    select * from {{ ref('stg_alibaba__focus') }}
),

aws as (
    select * from {{ ref('stg_aws__focus') }}
),

azure as (
    select * from {{ ref('stg_azure__focus') }}
),

any_provider as (
    select * from {{ ref('stg_focus__focus') }}
),

oci as (
    select * from {{ ref('stg_oci__focus') }}
),

exports as (
    select * from alibaba
    union all
    select * from aws
    union all
    select * from azure
    union all
    select * from any_provider
    union all
    select * from oci
),

unified as (
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
        coalesce(ChargeCategory, ChargeType) as ChargeCategory,
        ChargeClass,
        ChargeDescription,
        ChargeFrequency,
        ChargePeriodEnd,
        ChargePeriodStart,
        CommitmentDiscountCategory,
        CommitmentDiscountId,
        CommitmentDiscountName,
        CommitmentDiscountQuantity,
        coalesce(
            CommitmentDiscountStatus,
            case ChargeSubcategory when 'Used Commitment' then 'Used' when 'Unused Commitment' then 'Unused' end
        ) as CommitmentDiscountStatus,
        CommitmentDiscountType,
        CommitmentDiscountUnit,
        CommitmentProgramEligibilityDetails,
        coalesce(ConsumedQuantity, UsageQuantity) as ConsumedQuantity,
        coalesce(ConsumedUnit, UsageUnit) as ConsumedUnit,
        ContractApplied,
        ContractedCost,
        ContractedUnitPrice,
        coalesce(EffectiveCost, AmortizedCost) as EffectiveCost,
        coalesce(HostProviderName, ProviderName, Provider, ServiceProviderName) as HostProviderName,
        InvoiceDetailId,
        coalesce(InvoiceId, x_InvoiceId) as InvoiceId,
        coalesce(InvoiceIssuerName, InvoiceIssuer) as InvoiceIssuerName,
        ListCost,
        ListUnitPrice,
        PricingCategory,
        coalesce(PricingCurrency, x_PricingCurrency) as PricingCurrency,
        PricingCurrencyContractedUnitPrice,
        PricingCurrencyEffectiveCost,
        PricingCurrencyListUnitPrice,
        PricingQuantity,
        PricingUnit,
        coalesce(RegionId, case when Region = lower(Region) then Region end) as RegionId,
        coalesce(RegionName, Region) as RegionName,
        ResourceId,
        ResourceName,
        ResourceType,
        ServiceCategory,
        ServiceName,
        coalesce(
            ServiceProviderName,
            case
                when {{ is_same_company('coalesce(PublisherName, Publisher)', 'coalesce(ProviderName, Provider)') }}
                    then coalesce(ProviderName, Provider)
                else coalesce(PublisherName, Publisher)
            end,
            ProviderName,
            Provider
        ) as ServiceProviderName,
        ServiceSubcategory,
        SkuId,
        coalesce(SkuMeter, x_SkuMeterName, x_UsageType) as SkuMeter,
        coalesce(SkuPriceDetails, x_SkuDetails) as SkuPriceDetails,
        SkuPriceId,
        SubAccountId,
        SubAccountName,
        SubAccountType,
        case
            when ChargeType is not null or AmortizedCost is not null then '0.5'
            when coalesce(Provider, Publisher, InvoiceIssuer, Region, UsageUnit, ChargeSubcategory) is not null
                then '1.0-preview'
            when ServiceProviderName is not null and ProviderName is null then '1.4'
            when coalesce(ServiceProviderName, HostProviderName) is not null then '1.3'
            when coalesce(BillingAccountType, InvoiceId, PricingCurrency, SubAccountType) is not null then '1.2'
            when coalesce(ServiceSubcategory, SkuMeter, SkuPriceDetails, CapacityReservationId) is not null then '1.1'
            else '1.0'
        end as focus_version,
        case when ChargeSubcategory = 'Credit' then 'Credit' end as category_of_subcategory,
        case
            when coalesce(Tags, x_Labels, x_Tags) is null and extra_columns like '%"tags/%' then 'columns'
            else 'export'
        end as tags_form,
        coalesce(
            nullif(nullif(coalesce(Tags, x_Labels, x_Tags), '{}'), '[]'),
            case when extra_columns like '%"tags/%' then extra_columns end
        ) as tags_text,
        x_AmortizationClass,
        had_null_words,
        had_local_times,
        extra_columns,
        is_final,
        x_source_id,
        x_billing_period,
        x_delivery_id,
        x_source_file,
        x_source_row,
        x_charge_id
    from exports
)

select * from unified

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

google as (
    select * from {{ ref('stg_gcp__focus') }}
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
    select * from google
    union all
    select * from any_provider
    union all
    select * from oci
),

-- Google's export has no columns of commitments yet: its fees and what they cover are told as in the detailed export
recognised as (
    select
        *,
        case
            when coalesce(x_Credits, x_SubscriptionInstanceId) is null then null
            when ChargeDescription like 'Commitment%' or x_Credits like '%FEE_UTILIZATION_OFFSET%' then 'fee'
            when x_SubscriptionInstanceId is not null and coalesce(x_ConsumptionModelDescription, 'Default') = 'Default'
                then 'fee'
            when x_SubscriptionInstanceId is not null or x_Credits like '%COMMITTED_USAGE_DISCOUNT%' then 'covered'
        end as google_commitment_role,
        {{ regexp_group('x_Credits', "'\{[^{}]*COMMITTED_USAGE_DISCOUNT[^{}]*\}'", 0) }} as commitment_credit
    from exports
),

named as (
    select
        *,
        coalesce(
            CommitmentDiscountId,
            case
                when google_commitment_role is not null
                    then coalesce(
                        x_SubscriptionInstanceId,
                        {{ json_value('commitment_credit', 'Id') }},
                        {{ json_value('commitment_credit', 'FullName') }},
                        {{ json_value('commitment_credit', 'Name') }},
                        SkuId
                    )
            end
        ) as commitment_id,
        -- Google's older view repeats the billing account as sub account
        x_Project is not null
        and (
            SubAccountId = BillingAccountId
            or (SubAccountId is null and {{ json_value('x_Project', 'Id') }} is not null)
        ) as project_is_missing
    from recognised
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
        case when google_commitment_role = 'fee' then 'Purchase' else coalesce(ChargeCategory, ChargeType) end
            as ChargeCategory,
        ChargeClass,
        ChargeDescription,
        coalesce(ChargeFrequency, case when google_commitment_role = 'fee' then 'Recurring' end) as ChargeFrequency,
        ChargePeriodEnd,
        ChargePeriodStart,
        coalesce(
            CommitmentDiscountCategory,
            case
                when google_commitment_role is null then null
                when ChargeDescription like 'Commitment v1%' then 'Usage'
                when x_Credits like '%"COMMITTED_USAGE_DISCOUNT"%' then 'Usage'
                else 'Spend'
            end
        ) as CommitmentDiscountCategory,
        commitment_id as CommitmentDiscountId,
        coalesce(
            CommitmentDiscountName,
            case
                when google_commitment_role = 'covered'
                    then coalesce(
                        nullif(x_ConsumptionModelDescription, 'Default'), {{ json_value('commitment_credit', 'Name') }}
                    )
            end
        ) as CommitmentDiscountName,
        CommitmentDiscountQuantity,
        coalesce(
            CommitmentDiscountStatus,
            case ChargeSubcategory when 'Used Commitment' then 'Used' when 'Unused Commitment' then 'Unused' end
        ) as CommitmentDiscountStatus,
        coalesce(
            CommitmentDiscountType, case when google_commitment_role is not null then 'Committed Use Discount' end
        ) as CommitmentDiscountType,
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
        case when google_commitment_role = 'covered' then 'Committed' else PricingCategory end as PricingCategory,
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
        case
            when project_is_missing
                then coalesce({{ json_value('x_Project', 'Id') }}, {{ json_value('x_Project', 'id') }})
            else SubAccountId
        end as SubAccountId,
        case
            when project_is_missing
                then coalesce({{ json_value('x_Project', 'Name') }}, {{ json_value('x_Project', 'name') }})
            else SubAccountName
        end as SubAccountName,
        SubAccountType,
        case
            when ChargeType is not null or AmortizedCost is not null then '0.5'
            when coalesce(Provider, Publisher, InvoiceIssuer, Region, UsageUnit, ChargeSubcategory) is not null
                then '1.0-preview'
            when ServiceProviderName is not null and ProviderName is null then '1.4'
            when coalesce(ServiceProviderName, HostProviderName) is not null then '1.3'
            when coalesce(InvoiceId, PricingCurrency) is not null then '1.2'
            -- Microsoft has had the types of accounts since 1.0-preview
            when
                coalesce(BillingAccountType, SubAccountType) is not null
                and lower(coalesce(ProviderName, '')) <> 'microsoft'
                then '1.2'
            when coalesce(ServiceSubcategory, SkuMeter, SkuPriceDetails, CapacityReservationId) is not null then '1.1'
            else '1.0'
        end as focus_version,
        case when ChargeSubcategory = 'Credit' then 'Credit' end as category_of_subcategory,
        case
            when Tags is null and coalesce(x_Labels, x_Tags, x_SystemLabels, x_ProjectLabels) is not null
                then 'gcp_labels'
            when Tags is null and extra_columns like '%"tags/%' then 'columns'
            else 'export'
        end as tags_form,
        coalesce(
            nullif(nullif(Tags, '{}'), '[]'),
            {{ gcp_lists_text(
                "nullif(x_Labels, '[]')", "nullif(x_Tags, '[]')", "nullif(x_SystemLabels, '[]')", "nullif(x_ProjectLabels, '[]')"
            ) }},
            case when extra_columns like '%"tags/%' then extra_columns end
        ) as tags_text,
        google_commitment_role,
        coalesce(project_is_missing, false) as project_is_missing,
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
    from named
)

select * from unified

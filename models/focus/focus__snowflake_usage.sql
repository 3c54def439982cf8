-- one row per row of USAGE_IN_CURRENCY_DAILY
with usage_rows as (
    select * from {{ ref('stg_snowflake__usage') }}
),

classified as (
    select
        *,
        cast(concat(x_billing_period, '-01') as timestamp) as period_start,
        coalesce(is_adjustment, false) as is_flagged,
        -- a rebate above 0 is not given but used up: usage that it has paid for
        coalesce(billing_type = 'support_credit' or (billing_type = 'rebate' and usage_in_currency <= 0), false)
            as is_credit,
        -- the unit of the quantity follows from what is rated
        case
            when rating_type = 'compute' then 'Credits'
            when rating_type in ('storage', 'data transfer', 'data_transfer') then 'TB'
        end as unit
    from usage_rows
),

categorised as (
    select
        *,
        -- cloud services up to a tenth of the day's compute are taken back by rows that no column flags
        usage_in_currency < 0 and not is_flagged and not is_credit as is_unflagged,
        case
            when is_flagged then 'Adjustment'
            when is_credit then 'Credit'
            when usage_in_currency < 0 then 'Adjustment'
            when billing_type in ('priority support', 'vps_deployment_fee') then 'Purchase'
            else 'Usage'
        end as charge_category
    from classified
),

measured as (
    select
        *,
        coalesce(
            charge_category = 'Usage' and usage_quantity > 0 and unit is not null
            and service_type is not null,
            false
        ) as is_metered
    from categorised
),

priced as (
    select
        *,
        -- the view has amounts rounded to cents and no prices: what was paid per unit, on average over the day
        case when is_metered then {{ average_price('usage_in_currency', 'usage_quantity') }} end as unit_price
    from measured
),

final as (
    select
        -- Snowflake does not split cost
        cast(null as varchar) as AllocatedMethodDetails,
        cast(null as varchar) as AllocatedMethodId,
        cast(null as varchar) as AllocatedResourceId,
        cast(null as varchar) as AllocatedResourceName,
        cast(null as varchar) as AllocatedTags,
        -- the view has regions, no zones
        cast(null as varchar) as AvailabilityZone,
        usage_in_currency as BilledCost,
        organization_name as BillingAccountId,
        -- an organization has no id but its name
        organization_name as BillingAccountName,
        'Organization' as BillingAccountType,
        currency as BillingCurrency,
        period_start + interval '1' month as BillingPeriodEnd,
        period_start as BillingPeriodStart,
        -- the view names no reservations
        cast(null as varchar) as CapacityReservationId,
        cast(null as varchar) as CapacityReservationStatus,
        charge_category as ChargeCategory,
        -- adjustments are made before the month closes: they correct nothing that was invoiced
        cast(null as varchar) as ChargeClass,
        concat_ws(', ', coalesce(service_type, 'Snowflake'), billing_type, balance_source) as ChargeDescription,
        case charge_category when 'Usage' then 'Usage-Based' when 'Purchase' then 'Recurring' else 'One-Time' end
            as ChargeFrequency,
        usage_date + interval '1' day as ChargePeriodEnd,
        usage_date as ChargePeriodStart,
        -- capacity is money paid in advance, which the view names as the balance only
        cast(null as varchar) as CommitmentDiscountCategory,
        cast(null as varchar) as CommitmentDiscountId,
        cast(null as varchar) as CommitmentDiscountName,
        cast(null as decimal(38, 12)) as CommitmentDiscountQuantity,
        cast(null as varchar) as CommitmentDiscountStatus,
        cast(null as varchar) as CommitmentDiscountType,
        cast(null as varchar) as CommitmentDiscountUnit,
        -- the view names no programs
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        case when is_metered then usage_quantity end as ConsumedQuantity,
        case when is_metered then unit end as ConsumedUnit,
        -- CONTRACT_NUMBER does not say which commitment a row draws on
        cast(null as varchar) as ContractApplied,
        usage_in_currency as ContractedCost,
        unit_price as ContractedUnitPrice,
        usage_in_currency as EffectiveCost,
        case
            when region like 'AWS%' then 'AWS'
            when region like 'AZURE%' then 'Microsoft'
            when region like 'GCP%' then 'Google Cloud'
            else 'Snowflake'
        end
            as HostProviderName,
        -- the view names no invoices
        cast(null as varchar) as InvoiceDetailId,
        cast(null as varchar) as InvoiceId,
        'Snowflake' as InvoiceIssuerName,
        -- prices of the contract are in the amounts: the list cost is not known
        usage_in_currency as ListCost,
        unit_price as ListUnitPrice,
        case when is_metered then 'Standard' end as PricingCategory,
        currency as PricingCurrency,
        unit_price as PricingCurrencyContractedUnitPrice,
        usage_in_currency as PricingCurrencyEffectiveCost,
        unit_price as PricingCurrencyListUnitPrice,
        case when is_metered then usage_quantity end as PricingQuantity,
        case when is_metered then unit end as PricingUnit,
        region as RegionId,
        region as RegionName,
        -- the view is per account and service: warehouses and databases are not in it
        cast(null as varchar) as ResourceId,
        cast(null as varchar) as ResourceName,
        cast(null as varchar) as ResourceType,
        case
            when service_type like '%STORAGE%' then 'Storage'
            when service_type like '%TRANSFER%' then 'Networking'
            when service_type like '%SUPPORT%' then 'Management and Governance'
            when service_type like 'AI%' or service_type like 'CORTEX%' then 'AI and Machine Learning'
            else 'Databases'
        end
            as ServiceCategory,
        coalesce(service_type, 'Snowflake') as ServiceName,
        'Snowflake' as ServiceProviderName,
        case
            when service_type like '%STORAGE%' then 'Storage Platforms'
            when service_type like '%TRANSFER%' then 'Network Connectivity'
            when service_type like '%SUPPORT%' then 'Support'
            when service_type like 'AI%' or service_type like 'CORTEX%' then 'Generative AI'
            else 'Data Warehouses'
        end
            as ServiceSubcategory,
        case when charge_category in ('Usage', 'Purchase') then service_type end as SkuId,
        case when charge_category in ('Usage', 'Purchase') then rating_type end as SkuMeter,
        -- the view describes a service in words only
        cast(null as varchar) as SkuPriceDetails,
        case when is_metered then service_type end as SkuPriceId,
        coalesce(account_locator, account_name) as SubAccountId,
        account_name as SubAccountName,
        case when coalesce(account_locator, account_name) is not null then 'Account' end as SubAccountType,
        -- the view has no tags
        cast(null as varchar) as Tags,
        x_billing_period,
        cast(usage_date as date) as x_charge_date,
        x_charge_id,
        {{ cost_state('cast(null as varchar)', 'is_final') }} as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        {{ change_list({
            'adjustment_without_flag': 'is_unflagged',
            'paid_from_free_usage': "charge_category = 'Usage' and balance_source = 'free usage'",
            'paid_from_rebate':
                "charge_category = 'Usage' and (balance_source = 'rebate' or billing_type = 'rebate')",
            'price_not_in_bill': "charge_category in ('Usage', 'Purchase') and not is_metered",
            'unit_from_rating_type': 'is_metered',
            'unit_price_derived': 'is_metered',
        }) }}
            as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from priced
)

select * from final
